public import KeyManagement
public import Logging
public import SecretMemory
public import VaultStorage

/// How a key store behaves. Each default is the configuration's.
public struct KeyStoreOptions: Sendable {
    /// Who may read the vault's files.
    public var permissions: FilePermissions = .owner
    /// How long a data key, and the private keys opened with it, stay in memory after the unwrap.
    public var cacheMaxAge: Duration = .seconds(300)
    /// How many data keys, and how many ready private keys, stay in memory.
    public var cacheCapacity = 1024
    /// The arena's size in bytes.
    public var arenaSizeInBytes = SecretArena.defaultSizeInBytes
    /// Below this protection of memory a vault does not open.
    public var minimumMemoryTier = MemoryTier.locked
    /// Where data keys come from.
    public var dataKeySource = DataKeySource.kms
    /// How many records a data key ever seals.
    public var maxRecordsPerDataKey: Int64 = 1024
    /// The age at which a data key seals no more records and another takes its place; nil for none.
    public var dataKeyMaxAge: Duration?
    /// How a wrapper key that was just made is asked for until the KMS knows it.
    public var newKeyCheck = Backoff.newKey
    /// How long that may take in all.
    public var newKeyTimeout: Duration = .seconds(60)
    /// Which wrapper keys may be wrapped under.
    public var trust = WrapperKeyTrust()
    /// How many rows may be checked at open before the caller goes on; a larger vault is checked in the background. 0:
    /// only the vault's own row and its head are checked, as for ``KeyStore/verify(deep:progress:)``, which tells the rest.
    public var foregroundCheckRows: Int64 = 65_536
    /// The last epoch that the caller has seen: a vault whose epoch is lower, an older copy, is refused.
    public var minimumEpoch: Int64?
    /// Whether changes by other processes are watched for.
    public var watchesChanges = true
    /// Where warnings go.
    public var logger = Logger(label: "nodevault")
    /// How long before ``cacheMaxAge`` a data key that is in use is unwrapped anew in the background, so that nobody
    /// waits. At least two seconds or a tenth of that age count, whichever is less, and half of it at most.
    public var cacheRefreshAhead: Duration = .seconds(30)
    /// How long data keys in memory live on after ``cacheMaxAge`` while the KMS is unreachable, throttles or answers
    /// with a fault of its own. Zero: not at all.
    public var cacheOutageGrace: Duration = .seconds(3600)
    /// How many uses of a data key, and of private keys opened with it, one unwrap allows; nil for any number.
    public var cacheMaxUses: Int?
    /// Whether opening a vault unwraps every data key, up to ``cacheCapacity``; otherwise each is at its first use.
    public var preloadsDataKeys = false

    /// The defaults.
    public init() {}

    /// Where data keys come from.
    public enum DataKeySource: String, Sendable {
        /// The KMS's `GenerateDataKey`.
        case kms
        /// OpenSSL's private random generator, wrapped with `Encrypt`: Canton's own list of permissions is enough.
        case local
    }
}

/// Which wrapper keys a vault trusts: those of the pinned key's account, and of accounts named besides.
public struct WrapperKeyTrust: Sendable, Equatable {
    /// The wrapper key that the configuration names, under any of its names.
    public var pinned: WrapperKeyID?
    /// Account numbers that are trusted besides.
    public var accounts: Set<String>
    /// How far wrapper keys of LocalKMS are trusted.
    public var localKeys: LocalKeys

    /// How far wrapper keys of LocalKMS are trusted, all of which lie in a file that the configuration names.
    public enum LocalKeys: Sendable {
        /// By their account number, as others.
        case likeOthers
        /// To unwrap: the vault moves away from them.
        case unwrapped
        /// In full, and no others that nothing else trusts.
        case trusted
    }

    /// Trusts the account of `pinned` and `accounts`; with neither, any account, and opening warns.
    public init(
        pinned: WrapperKeyID? = nil, accounts: Set<String> = [], localKeys: LocalKeys = .likeOthers
    ) {
        self.pinned = pinned
        self.accounts = accounts
        self.localKeys = localKeys
    }

    /// Whether anything restricts where keys are wrapped.
    public var isGiven: Bool { pinned != nil || !accounts.isEmpty || localKeys == .trusted }
}
