public import KeyManagement
public import SecretMemory

/// A KMS whose every call is logged before it is made and when its outcome is known.
///
/// A vault takes only this type: a KMS call that is not audited does not compile. When the log cannot be written and
/// its policy is to refuse, a call throws ``KMSError`` `.auditUnavailable`: before the request leaves, or instead of
/// the answer, which is wiped.
public final class AuditedKMS: KMS {
    private let kms: any KMS
    private let log: AuditLog

    /// Puts `log` before `kms`.
    public init(_ kms: any KMS, log: AuditLog) {
        self.kms = kms
        self.log = log
    }

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
        let request = AuditLog.Request(operation: .encrypt, key: key)
        try log.sending(request, .encryptRequest(key), to: kms.endpoint(for: key))
        let answer: WrapResponse
        do throws(KMSError) {
            answer = try await kms.wrap(plaintext, under: key, context: context)
        } catch {
            try log.failed(request, error)
            throw error
        }
        try log.received(request, .encryptResponse(answer.wrapped.wrapperKey), awsID: answer.requestID)
        return answer
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

    private func audited<Answer: ~Copyable>(
        _ operation: KMSOperation, _ key: WrapperKeyID?, _ body: AuditBody,
        call: () async throws(KMSError) -> Answer, answer describe: (borrowing Answer) -> (AuditBody, awsID: String)
    ) async throws(KMSError) -> Answer {
        let request = AuditLog.Request(operation: operation, key: key)
        try log.sending(request, body, to: kms.endpoint(for: key))
        let answer: Answer
        do throws(KMSError) {
            answer = try await call()
        } catch {
            try log.failed(request, error)
            throw error
        }
        let (answerBody, awsID) = describe(answer)
        // A throw here ends the answer, and its secret is wiped.
        try log.received(request, answerBody, awsID: awsID)
        return answer
    }
}
