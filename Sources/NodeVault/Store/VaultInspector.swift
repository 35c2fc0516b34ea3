import NodeKeys
import VaultStorage

/// Reads what a vault says of itself without the KMS, and so without its integrity key: nothing read this way is
/// authenticated. A public key still proves itself, since the key id is its fingerprint.
public struct VaultInspector: Sendable {
    private let database: VaultDatabase

    /// Opens a vault's file for reading.
    public init(at path: String, options: KeyStoreOptions = KeyStoreOptions()) async throws(VaultError) {
        let file = VaultFile(path: path, permissions: options.permissions)
        database = try await mapped("open") {
            try await onBlockingThread { () throws(StorageError) in try VaultDatabase(opening: file) }
        }
    }

    /// What the vault holds.
    public func census() async throws(VaultError) -> Census {
        let path = database.file.path
        return try await mapped("status") {
            try await database.read { db in
                try Census(
                    VaultReader(db, authenticator: nil), copiesSetAside: VaultUpgrade.copiesSetAside(of: path))
            }
        }
    }

    /// Every key of the vault, in the order of the key ids.
    public func keys() async throws(VaultError) -> [StoredKey] {
        try await mapped("list") {
            try await database.read { db in
                try VaultReader(db, authenticator: nil).all(PrivateKeyRow.self).map(StoredKey.init)
            }
        }
    }

    /// What the vault tells of a key.
    ///
    /// - Parameter operation: what the caller is about, for the error.
    /// - Throws: ``VaultError`` `key-not-found`, with the nearest key id as a hint.
    public func key(_ keyID: String, for operation: String = "show") async throws(VaultError) -> StoredKey {
        try await mapped(operation) {
            let (row, known) = try await database.read { db in
                let reader = VaultReader(db, authenticator: nil)
                let row = try reader.privateKey(keyID)
                return (row, row == nil ? try reader.keyIDs() : [])
            }
            guard let row else { throw VaultError.unknownKey(keyID, known: known, operation: operation) }
            return try StoredKey(row)
        }
    }
}

extension KeyStore {
    /// What the vault holds, authenticated.
    public func census() async throws(VaultError) -> Census {
        try checkUsable("status")
        let (authenticator, path) = (authenticator, database.file.path)
        return try await mapped("status") {
            try await database.read { db in
                try Census(
                    VaultReader(db, authenticator: authenticator),
                    copiesSetAside: VaultUpgrade.copiesSetAside(of: path))
            }
        }
    }
}
