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

    /// Whether ``rewrap(_:to:context:)`` can go from one wrapper key to the other: both are within reach of one call.
    func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool

    /// Replaces the wrapping by one under `destination`; the plaintext never leaves the KMS.
    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse

    /// Whether ``dryRun(_:)`` can be asked about calls on that wrapper key.
    func hasDryRun(for key: WrapperKeyID) -> Bool

    /// Asks whether a call would be carried out, without making it.
    ///
    /// - Returns: the KMS's own id of the question.
    /// - Throws: the refusal that the call itself would get.
    func dryRun(_ trial: KMSTrial) async throws(KMSError) -> String
}

extension KMS {
    /// True: all wrapper keys are in one place.
    public func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool { true }

    /// False: calls have to be made.
    public func hasDryRun(for key: WrapperKeyID) -> Bool { false }

    /// Refuses: there is no such question.
    public func dryRun(_ trial: KMSTrial) async throws(KMSError) -> String {
        throw KMSError(
            .validation, operation: trial.operation, message: "this KMS has no dry run; make the call instead")
    }
}

/// What a key-management service is asked to do, in AWS's names.
public enum KMSOperation: String, Sendable, CaseIterable {
    /// Makes a wrapper key.
    case createKey = "CreateKey"
    /// Tells state and identity of a wrapper key.
    case describeKey = "DescribeKey"
    /// Makes a data key, in plain and wrapped.
    case generateDataKey = "GenerateDataKey"
    /// Wraps bytes.
    case encrypt = "Encrypt"
    /// Unwraps a ciphertext.
    case decrypt = "Decrypt"
    /// Replaces a wrapping inside the KMS.
    case reEncrypt = "ReEncrypt"
    /// Names a wrapper key.
    case createAlias = "CreateAlias"
    /// Points an alias at another wrapper key.
    case updateAlias = "UpdateAlias"
    /// Removes an alias.
    case deleteAlias = "DeleteAlias"
    /// Lets a wrapper key be used again.
    case enableKey = "EnableKey"
    /// Keeps a wrapper key from being used.
    case disableKey = "DisableKey"
    /// Deletes a wrapper key after a waiting time.
    case scheduleKeyDeletion = "ScheduleKeyDeletion"
    /// Keeps a wrapper key that was to be deleted.
    case cancelKeyDeletion = "CancelKeyDeletion"
    /// Gives a wrapper key new key material.
    case rotateKeyOnDemand = "RotateKeyOnDemand"
    /// Gets temporary credentials of a role, by other credentials: a call to AWS's Security Token Service.
    case assumeRole = "AssumeRole"
    /// Gets temporary credentials of a role, by an identity provider's token: a call to the same service.
    case assumeRoleWithWebIdentity = "AssumeRoleWithWebIdentity"
    /// Opening a LocalKMS file: AWS has no such call.
    case openKeyFile = "OpenKeyFile"
}
