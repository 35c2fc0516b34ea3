import KMSAudit
import KeyManagement

extension KeyStore {
    /// Refuses to wrap under a key of an account that is not trusted.
    ///
    /// - Parameter pinnedAccount: the account of a pinned key that is no ARN, where the KMS was asked.
    static func check(
        _ key: WrapperKeyID, isTrustedBy trust: WrapperKeyTrust, pinnedAccount: String?, operation: String
    ) throws(VaultError) {
        guard trust.isGiven else { return }
        let trusted = trust.accounts.union([trust.pinned?.account ?? pinnedAccount].compactMap(\.self))
        guard let account = key.account, trusted.contains(account) else {
            throw VaultError(
                .untrustedAccount, operation: operation,
                message: "wrapper key \(key) is of account \(key.account ?? "unknown"), and trusted are "
                    + (trusted.isEmpty ? "none" : trusted.sorted().joined(separator: ", ")),
                hint: "if this is meant, add the account to encryption.trusted-accounts; nothing was written")
        }
    }

    /// Refuses an answer of the KMS that is about another wrapper key than was asked for.
    static func check(
        _ answered: WrapperKeyID, isAnswerFor asked: WrapperKeyID, operation: String
    ) throws(VaultError) {
        guard answered.isSameKey(as: asked) else {
            throw VaultError(
                .authenticationFailed, operation: operation,
                message: "the KMS was asked for wrapper key \(asked) and answered for \(answered)",
                hint: "check the KMS; nothing was written")
        }
    }

    /// As the first one, for a wrapper key that the vault's record names: before anything is unwrapped or wrapped under it, so that
    /// a planted vault is refused too.
    func checkTrust(_ key: WrapperKeyID, operation: String) async throws {
        if pinnedAccount == nil, let kms {
            pinnedAccount = try await Self.pinnedAccount(options.trust, toTrust: key, kms)
        }
        try Self.check(key, isTrustedBy: options.trust, pinnedAccount: pinnedAccount, operation: operation)
    }

    /// The account of a pinned key that is no ARN: the KMS knows it. Nil where nothing has to be asked.
    static func pinnedAccount(
        _ trust: WrapperKeyTrust, toTrust key: WrapperKeyID, _ kms: AuditedKMS
    ) async throws -> String? {
        guard let pinned = trust.pinned, pinned.account == nil, !trust.accounts.contains(key.account ?? "") else {
            return nil
        }
        return try await kms.describeKey(pinned).arn.account
    }
}

extension WrapperKeyID {
    /// Whether both name one wrapper key: the same ARN, or two replicas of one multi-region key.
    func isSameKey(as other: WrapperKeyID) -> Bool {
        self == other || (isMultiRegion && keyID == other.keyID && account == other.account)
    }
}
