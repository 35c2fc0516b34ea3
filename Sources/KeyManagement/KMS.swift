public import SecretMemory

/// A key-management service: wrapper keys live in it and never leave it.
///
/// A vault takes only an `AuditedKMS`, so an implementation need not log. It answers with the key's ARN always, whatever
/// name the key was asked for by.
public protocol KMS: Sendable {
    /// The address that a call on `key` goes to, as the audit log names it: `https://kms.REGION.amazonaws.com/`, `local:`.
    func endpoint(for key: WrapperKeyID?) -> String

    /// Makes a symmetric wrapper key.
    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription

    /// Tells state and identity of a wrapper key.
    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription

    /// Makes a 32-byte data key and answers it both in plain and wrapped.
    func generateDataKey(under key: WrapperKeyID, context: EncryptionContext) async throws(KMSError) -> GeneratedDataKey

    /// Wraps at most 4096 secret bytes.
    func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse

    /// Unwraps what `wrap`, `generateDataKey` or `rewrap` answered, under the same context.
    func unwrap(_ wrapped: WrappedDataKey, context: EncryptionContext) async throws(KMSError) -> UnwrapResponse

    /// Replaces the wrapping by one under `destination`; the plaintext never leaves the KMS.
    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse
}

/// What a key-management service is asked to do, in AWS's names.
public enum KMSOperation: String, Sendable, CaseIterable {
    // The names are the documentation.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case createKey = "CreateKey"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case describeKey = "DescribeKey"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case generateDataKey = "GenerateDataKey"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case encrypt = "Encrypt"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case decrypt = "Decrypt"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case reEncrypt = "ReEncrypt"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case createAlias = "CreateAlias"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case updateAlias = "UpdateAlias"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case deleteAlias = "DeleteAlias"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case enableKey = "EnableKey"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case disableKey = "DisableKey"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case scheduleKeyDeletion = "ScheduleKeyDeletion"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case cancelKeyDeletion = "CancelKeyDeletion"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rotateKeyOnDemand = "RotateKeyOnDemand"
    /// Opening a LocalKMS file: AWS has no such call.
    case openKeyFile = "OpenKeyFile"
}
