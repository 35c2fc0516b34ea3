import KMSAudit
import KeyManagement
import Logging

/// Whose account a configuration's pinned key is of.
enum PinnedAccount: Sendable, Equatable {
    /// Nothing is pinned, or the pin is an ARN, or the account in question is trusted by name.
    case notNeeded
    case known(String)
    /// The KMS does not find the pinned key, or does not let the caller ask for it.
    case unknown
}

/// What a wrapper key is trusted with.
enum WrapperKeyUse: Sendable {
    /// Nothing of the vault's becomes readable by the key's account.
    case unwrap
    /// Whoever has the key reads what is wrapped.
    case wrap
}

extension KeyStore {
    /// Refuses a wrapper key that is not trusted.
    static func check(
        _ key: WrapperKeyID, for use: WrapperKeyUse, isTrustedBy trust: WrapperKeyTrust, pinned: PinnedAccount,
        operation: String
    ) throws(VaultError) {
        if key.isLocal, trust.localKeys != .likeOthers {
            guard trust.localKeys == .trusted || use == .unwrap else {
                throw VaultError(
                    .untrustedAccount, operation: operation,
                    message: "wrapper key \(key) is of LocalKMS, and the configuration has kms.type = aws",
                    hint: "rewrap the vault to a wrapper key of AWS KMS first; nothing was written")
            }
            return
        }
        guard trust.isGiven else { return }
        var trusted = trust.accounts
        if let account = trust.pinned?.account { trusted.insert(account) }
        if case .known(let account) = pinned { trusted.insert(account) }
        if let account = key.account, trusted.contains(account) { return }
        if case .unknown = pinned {
            guard use == .wrap else { return }
            throw VaultError(
                .untrustedAccount, operation: operation,
                message: "the pinned wrapper key \(trust.pinned?.rawValue ?? "") cannot be asked for its account, so "
                    + "that nothing is wrapped under \(key)",
                hint: "name the wrapper key by its ARN as wrapper-key-id, or add its account to "
                    + "encryption.trusted-accounts; nothing was written")
        }
        throw VaultError(
            .untrustedAccount, operation: operation,
            message: "wrapper key \(key) is of account \(key.account ?? "unknown"), and trusted are "
                + (trusted.isEmpty ? "none" : trusted.sorted().joined(separator: ", ")),
            hint: "if this is meant, add the account to encryption.trusted-accounts; nothing was written")
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
    func checkTrust(_ key: WrapperKeyID, for use: WrapperKeyUse, operation: String) async throws {
        var pinned = pinnedAccount
        if pinned == .notNeeded, let kms {
            pinned = try await Self.pinnedAccount(options, toTrust: key, kms)
            pinnedAccount = pinned
        }
        try Self.check(key, for: use, isTrustedBy: options.trust, pinned: pinned, operation: operation)
    }

    /// The account of a pinned key that is no ARN: the KMS knows it, as long as the name leads to a key.
    ///
    /// An alias can be deleted, and a caller may lack `kms:DescribeKey`: that keeps nobody from a vault whose record names
    /// a wrapper key that is in order.
    static func pinnedAccount(
        _ options: KeyStoreOptions, toTrust key: WrapperKeyID, _ kms: AuditedKMS
    ) async throws -> PinnedAccount {
        let trust = options.trust
        guard let pinned = trust.pinned, pinned.account == nil, !trust.accounts.contains(key.account ?? "") else {
            return .notNeeded
        }
        do throws(KMSError) {
            let account = try await kms.describeKey(pinned).arn.account
            return account.map(PinnedAccount.known) ?? .unknown
        } catch {
            guard error.code == .notFound || error.code == .accessDenied else { throw error }
            options.logger.warning(
                """
                the pinned wrapper key \(pinned) cannot be asked for its account (\(error.code)): the vault is read, and \
                nothing new is wrapped; name the wrapper key by its ARN
                """)
            return .unknown
        }
    }
}

extension WrapperKeyID {
    /// Whether both name one wrapper key: the same ARN, or two replicas of one multi-region key.
    func isSameKey(as other: WrapperKeyID) -> Bool {
        self == other || (isMultiRegion && keyID == other.keyID && account == other.account)
    }
}
