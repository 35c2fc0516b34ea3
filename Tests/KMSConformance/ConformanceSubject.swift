package import KeyManagement

/// A KMS under test, with what its operator can do to a key beside the calls of `KMS`.
package struct ConformanceSubject: Sendable {
    package let kms: any KMS
    let disable: @Sendable (WrapperKeyID) async throws -> Void
    let enable: @Sendable (WrapperKeyID) async throws -> Void
    let scheduleDeletion: @Sendable (WrapperKeyID) async throws -> Void

    package init(
        kms: any KMS, disable: @escaping @Sendable (WrapperKeyID) async throws -> Void,
        enable: @escaping @Sendable (WrapperKeyID) async throws -> Void,
        scheduleDeletion: @escaping @Sendable (WrapperKeyID) async throws -> Void
    ) {
        self.kms = kms
        self.disable = disable
        self.enable = enable
        self.scheduleDeletion = scheduleDeletion
    }

    func makeKey() async throws -> WrapperKeyID {
        try await kms.createKey(CreateKeyRequest(description: "a key of the conformance suite")).arn
    }

    /// Makes a data key and forgets its plaintext.
    func makeWrapped(under key: WrapperKeyID) async throws -> WrappedDataKey {
        try await kms.generateDataKey(under: key, context: .sample).wrapped
    }
}

extension EncryptionContext {
    static let sample = EncryptionContext(["nodevault:vault": "a vault", "nodevault:use": "data-key"])
}
