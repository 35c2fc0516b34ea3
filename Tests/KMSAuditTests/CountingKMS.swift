import KeyManagement
import SecretMemory

/// Answers every call from a LocalKMS and counts the calls; fails them all when told so.
final class CountingKMS: KMS {
    private let kms: LocalKMS
    private let failure: KMSError?
    private let count = Lock(0)

    var callCount: Int { count.withLock { $0 } }

    init(_ kms: LocalKMS, failing failure: KMSError? = nil) {
        self.kms = kms
        self.failure = failure
    }

    private func counted() throws(KMSError) {
        count.withLock { $0 += 1 }
        if let failure { throw failure }
    }

    func endpoint(for key: WrapperKeyID?) -> String { kms.endpoint(for: key) }

    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try counted()
        return try await kms.createKey(request)
    }

    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try counted()
        return try await kms.describeKey(key)
    }

    func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try counted()
        return try await kms.generateDataKey(under: key, context: context)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        try counted()
        return try await kms.wrap(plaintext, under: key, context: context)
    }

    func unwrap(_ wrapped: WrappedDataKey, context: EncryptionContext) async throws(KMSError) -> UnwrapResponse {
        try counted()
        return try await kms.unwrap(wrapped, context: context)
    }

    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        try counted()
        return try await kms.rewrap(wrapped, to: destination, context: context)
    }
}
