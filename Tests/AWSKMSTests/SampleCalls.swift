import KeyManagement
import SecretMemory

@testable import AWSKMS

/// The six calls, each ready to be made on any client of one server.
struct SampleCalls: Sendable {
    static let operations: [KMSOperation] = [
        .createKey, .describeKey, .generateDataKey, .encrypt, .decrypt, .reEncrypt,
    ]
    private static let context = EncryptionContext(["nodevault:use": "data-key"])

    let key: WrapperKeyID
    let wrapped: WrappedDataKey

    /// Makes a wrapper key and a data key.
    init(on kms: AWSKMS) async throws {
        key = try await kms.createKey(CreateKeyRequest(description: "")).arn
        wrapped = try await kms.generateDataKey(under: key, context: Self.context).wrapped
    }

    /// The same calls on another wrapper key.
    init(key: WrapperKeyID, wrapped: WrappedDataKey) {
        self.key = key
        self.wrapped = wrapped
    }

    func make(_ operation: KMSOperation, on kms: AWSKMS) async throws {
        switch operation {
        case .createKey: _ = try await kms.createKey(CreateKeyRequest(description: ""))
        case .describeKey: _ = try await kms.describeKey(key)
        case .generateDataKey: _ = try await kms.generateDataKey(under: key, context: Self.context)
        case .encrypt:
            let secret = try SecretBytes(copying: [UInt8](repeating: 7, count: 32).span.bytes)
            _ = try await kms.wrap(secret, under: key, context: Self.context)
        case .decrypt: _ = try await kms.unwrap(wrapped, context: Self.context)
        default: _ = try await kms.rewrap(wrapped, to: key, context: Self.context)
        }
    }

    /// How the call failed; nil when it went through.
    func failure(of operation: KMSOperation, on kms: AWSKMS) async -> KMSError? {
        do {
            try await make(operation, on: kms)
            return nil
        } catch { return error as? KMSError ?? KMSError(.secretMemory, operation: operation, message: "\(error)") }
    }
}
