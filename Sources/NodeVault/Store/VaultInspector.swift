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
            let database = try await onBlockingThread { () throws(StorageError) in try VaultDatabase(opening: file) }
            let epoch = try await database.read { db in try VaultReader(db, authenticator: nil).vault().epoch }
            try KeyStore.checkEpoch(epoch, options)
            return database
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
            try await database.read { db in try VaultReader(db, authenticator: nil).all(PrivateKeyRow.self) }
                .map { row throws(VaultError) in try StoredKey(row) }
        }
    }

    /// What the vault tells of a key.
    ///
    /// - Parameters:
    ///   - keyID: 68 characters.
    ///   - operation: what the caller is about, for the error.
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
    /// What the vault holds. Its own row, the data keys and the jobs are authenticated; how many records lie under each data
    /// key is counted as the file has them.
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
