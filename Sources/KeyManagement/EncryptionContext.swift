public import EnvelopeCrypto

/// Non-secret pairs that the KMS authenticates with a ciphertext and shows in its own log (CloudTrail).
public struct EncryptionContext: Hashable, Sendable {
    /// The pairs. The KMS compares them as a whole: one missing, added or changed pair, and it refuses.
    public let pairs: [String: String]

    /// A context of any pairs.
    public init(_ pairs: [String: String]) { self.pairs = pairs }

    /// What a wrapped key is for.
    public enum Use: String, Sendable {
        /// Seals private keys.
        case dataKey = "data-key"
        /// Authenticates the vault's rows.
        case integrity
        /// The node's own: the vault wraps it and does not keep it.
        case host
    }

    /// The context of a vault's wrapped key. Separate entries, so that IAM and key policies can match each.
    public init(vault: UUIDBytes, key: UUIDBytes, use: Use) {
        pairs = [
            "nodevault:vault": vault.description,
            "nodevault:key": key.description,
            "nodevault:use": use.rawValue,
            "nodevault:format": "1",
        ]
    }

    /// The pairs in ascending order of their keys' UTF-8 bytes.
    package var sortedPairs: [(key: String, value: String)] {
        pairs.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
    }
}
