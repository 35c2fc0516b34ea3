public import EnvelopeCrypto
public import NodeKeys
import VaultStorage

/// What the vault tells of a private key without opening it.
public struct StoredKey: Sendable, Hashable {
    /// The fingerprint of the public key.
    public let keyID: KeyID
    /// 1 to 300 bytes of UTF-8 as given, or none.
    public let name: String?
    /// What the key is for.
    public let purpose: KeyPurpose
    /// What a signing key signs, ascending; empty for encryption keys.
    public let usages: [KeyUsage]
    /// The public key, with its scheme.
    public let publicKey: PublicKey
    /// The data key that seals it, nil in a clear vault.
    public let dataKeyID: UUIDBytes?
    /// Microseconds since 1970 UTC.
    public let createdAtMicroseconds: Int64

    /// The key's scheme.
    public var scheme: KeyScheme { publicKey.scheme }

    /// Reads a row and checks that its parts fit: the fingerprint is the public key's, the scheme too.
    init(_ row: PrivateKeyRow) throws(VaultError) {
        guard let publicKey = try? PublicKey(subjectPublicKeyInfo: row.publicKey) else { throw Self.damaged(row) }
        try self.init(row, publicKey)
    }

    /// The same where the row's public key is at hand.
    init(_ row: PrivateKeyRow, _ publicKey: PublicKey) throws(VaultError) {
        let usages = row.usages.compactMap(KeyUsage.init(rawValue:))
        guard publicKey.keyID.description == row.keyID, publicKey.scheme.rawValue == row.scheme,
            let purpose = KeyPurpose(rawValue: row.purpose), usages.count == row.usages.count
        else { throw Self.damaged(row) }
        keyID = publicKey.keyID
        name = row.name
        self.purpose = purpose
        self.usages = usages
        self.publicKey = publicKey
        dataKeyID = row.dataKeyID
        createdAtMicroseconds = row.createdAt
    }

    private static func damaged(_ row: PrivateKeyRow) -> VaultError {
        VaultError(
            .authenticationFailed, operation: "read",
            message: "the row of key \(row.keyID) does not fit its public key",
            hint: "run nodevault verify, and restore a backup")
    }
}

extension PrivateKeyRow {
    /// What the record is authenticated with.
    func metadata(vault: UUIDBytes) throws(EnvelopeError) -> RecordMetadata {
        try RecordMetadata(
            vaultID: vault, keyID: keyID, purpose: purpose, scheme: scheme, usages: usages, name: name,
            createdAtMicroseconds: createdAt, publicKey: publicKey)
    }
}
