public import KeyManagement
public import SecretMemory

/// A KMS whose every call is logged before it is made and when its outcome is known.
///
/// A vault takes only this type: a KMS call that is not audited does not compile. When the log cannot be written and
/// its policy is to refuse, a call throws ``KMSError`` `.auditUnavailable`: before the request leaves, also before it
/// leaves again, or instead of the answer, which is wiped.
public final class AuditedKMS: KMS {
    private let kms: any KMS
    private let log: AuditLog

    /// Puts `log` before `kms`.
    public init(_ kms: any KMS, log: AuditLog) {
        self.kms = kms
        self.log = log
    }

    /// Writes what the log keeps back, and ends what it does in the background, within its deadline. Later calls are
    /// logged all the same.
    ///
    /// - Throws: ``AuditFailure`` when lines that calls depend on are not written.
    public func close() async throws(AuditFailure) { try await log.close() }

    /// The address of the KMS behind the log.
    public func endpoint(for key: WrapperKeyID?) -> String { kms.endpoint(for: key) }

    /// Whether a call can go from one wrapper key to the other; nothing is sent.
    public func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool {
        kms.canRewrap(from: source, to: destination)
    }

    /// Makes a symmetric wrapper key.
    public func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try await audited(.createKey, nil, .createKeyRequest) { () async throws(KMSError) in
            try await kms.createKey(request)
        } answer: {
            (.createKeyResponse($0), $0.requestID)
        }
    }

    /// Tells state and identity of a wrapper key.
    public func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await audited(.describeKey, key, .describeKeyRequest(key)) { () async throws(KMSError) in
            try await kms.describeKey(key)
        } answer: {
            (.describeKeyResponse($0), $0.requestID)
        }
    }

    /// Makes a 32-byte data key and answers it both in plain and wrapped.
    public func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try await audited(.generateDataKey, key, .generateDataKeyRequest(key)) { () async throws(KMSError) in
            try await kms.generateDataKey(under: key, context: context)
        } answer: {
            (.generateDataKeyResponse($0.wrapped), $0.requestID)
        }
    }

    /// Wraps at most 4096 secret bytes.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        try await audited(.encrypt, key, .encryptRequest(key)) { () async throws(KMSError) in
            try await kms.wrap(plaintext, under: key, context: context)
        } answer: {
            (.encryptResponse($0.wrapped.wrapperKey), $0.requestID)
        }
    }

    /// Unwraps what `wrap`, `generateDataKey` or `rewrap` answered, under the same context.
    public func unwrap(
        _ wrapped: WrappedDataKey, context: EncryptionContext
    ) async throws(KMSError) -> UnwrapResponse {
        let key = wrapped.wrapperKey
        return try await audited(.decrypt, key, .decryptRequest(key)) { () async throws(KMSError) in
            try await kms.unwrap(wrapped, context: context)
        } answer: {
            (.decryptResponse($0.wrapperKey), $0.requestID)
        }
    }

    /// Replaces the wrapping by one under `destination`; the plaintext never leaves the KMS.
    public func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        let body = AuditBody.reEncryptRequest(from: wrapped.wrapperKey, to: destination)
        return try await audited(.reEncrypt, destination, body) { () async throws(KMSError) in
            try await kms.rewrap(wrapped, to: destination, context: context)
        } answer: {
            (.reEncryptResponse($0), $0.requestID)
        }
    }

    /// Whether the KMS behind the log can be asked about calls on that wrapper key.
    public func hasDryRun(for key: WrapperKeyID) -> Bool { kms.hasDryRun(for: key) }

    /// Asks whether a call would be carried out.
    public func dryRun(_ trial: KMSTrial) async throws(KMSError) -> String {
        try await audited(trial.operation, trial.key, .dryRunRequest(trial)) { () async throws(KMSError) in
            try await kms.dryRun(trial)
        } answer: {
            (.dryRunResponse(trial), $0)
        }
    }

    private func audited<Answer: ~Copyable>(
        _ operation: KMSOperation, _ key: WrapperKeyID?, _ body: AuditBody,
        call: () async throws(KMSError) -> Answer, answer describe: (borrowing Answer) -> (AuditBody, awsID: String)
    ) async throws(KMSError) -> Answer {
        try await log.audited(operation, key, body, to: kms.endpoint(for: key), call: call, answer: describe)
    }
}
