import HOCON

/// What of a node's `crypto` is Canton's alone: left to Canton, whatever it holds.
///
/// Source: Canton's `CryptoConfig`, from 2.7 to 3.5.
enum CantonKeys {
    /// Sections below `crypto`.
    static let sections: [HOCONPath] = [
        "provider", "signing", "encryption", "symmetric", "hash", "pbkdf", "session-signing-keys", "parallelism",
    ]

    /// Older spellings, and what to write now.
    static let deprecated: [(path: HOCONPath, now: String)] = [
        ("kms.session-signing-keys", "crypto.session-signing-keys")
    ]

    /// What `kms.type` may be for Canton, and not for NodeVault.
    static let foreignServices = ["gcp", "driver"]

    /// Names of nodes' kinds with this ending are those of Canton before 3.0.
    static let olderKindEnding = "-x"
}
