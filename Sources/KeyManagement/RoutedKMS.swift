public import SecretMemory

/// LocalKMS and a remote KMS as one: a wrapper key of LocalKMS, told by its ARN, is asked for in its key file, any other
/// key that is named by ARN in the remote KMS.
///
/// A vault that moves from one kind of KMS to the other has wrapped data keys of both.
public struct RoutedKMS: KMS {
    /// Which of the two gets what no ARN names: new keys, key ids and aliases.
    public enum Side: Sendable {
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case local, remote
    }

    private let local: any KMS
    private let remote: any KMS
    private let preferred: Side

    /// Joins `local` and `remote`.
    public init(local: any KMS, remote: any KMS, preferred: Side) {
        self.local = local
        self.remote = remote
        self.preferred = preferred
    }

    private func side(of key: WrapperKeyID?) -> Side {
        guard let key, key.isARN else { return preferred }
        return key.isLocal ? .local : .remote
    }

    private func kms(_ side: Side) -> any KMS { side == .local ? local : remote }

    private func kms(for key: WrapperKeyID?) -> any KMS { kms(side(of: key)) }

    /// The address of the KMS that has `key`.
    public func endpoint(for key: WrapperKeyID?) -> String { kms(for: key).endpoint(for: key) }

    /// Makes a symmetric wrapper key in the preferred KMS.
    public func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try await kms(preferred).createKey(request)
    }

    /// Tells state and identity of a wrapper key.
    public func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await kms(for: key).describeKey(key)
    }

    /// Makes a 32-byte data key and answers it both in plain and wrapped.
    public func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try await kms(for: key).generateDataKey(under: key, context: context)
    }

    /// Wraps at most 4096 secret bytes.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        try await kms(for: key).wrap(plaintext, under: key, context: context)
    }

    /// Unwraps what `wrap`, `generateDataKey` or `rewrap` answered, under the same context.
    public func unwrap(
        _ wrapped: WrappedDataKey, context: EncryptionContext
    ) async throws(KMSError) -> UnwrapResponse {
        try await kms(for: wrapped.wrapperKey).unwrap(wrapped, context: context)
    }

    /// Whether both wrapper keys are in one of the two, and that one can.
    public func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool {
        side(of: source) == side(of: destination)
            && kms(for: source).canRewrap(from: source, to: destination)
    }

    /// Replaces the wrapping by one under `destination`, where both wrapper keys are in one of the two.
    ///
    /// - Throws: ``KMSError`` `.validation` where they are not.
    public func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        guard side(of: wrapped.wrapperKey) == side(of: destination) else {
            throw KMSError(
                .validation, operation: .reEncrypt,
                message: "ReEncrypt cannot go from \(wrapped.wrapperKey) to \(destination), which are of two kinds of "
                    + "KMS; unwrap and wrap instead")
        }
        return try await kms(for: destination).rewrap(wrapped, to: destination, context: context)
    }

    /// Whether the KMS that has `key` can be asked.
    public func hasDryRun(for key: WrapperKeyID) -> Bool { kms(for: key).hasDryRun(for: key) }

    /// Asks the KMS that has the wrapper key.
    public func dryRun(_ trial: KMSTrial) async throws(KMSError) -> String {
        try await kms(for: trial.key).dryRun(trial)
    }
}
