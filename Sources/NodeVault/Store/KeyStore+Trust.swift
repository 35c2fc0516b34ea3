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

    /// As above, for a wrapper key that the vault's record names: before anything is unwrapped or wrapped under it, so that
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
