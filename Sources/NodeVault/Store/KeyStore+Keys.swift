import EnvelopeCrypto
import Foundation
public import NodeKeys
public import SecretMemory
import VaultStorage

extension KeyStore {
    /// Makes a private key in secret memory and keeps it. It is durable when this returns.
    ///
    /// - Parameters:
    ///   - scheme: the kind of key.
    ///   - purpose: signing or encryption.
    ///   - usages: what a signing key signs; none for encryption keys.
    ///   - name: 1 to 300 bytes of UTF-8, unique in the vault.
    /// - Throws: ``VaultError`` `purpose-not-allowed` for a scheme that does not serve the purpose, `duplicate-name`.
    public func generateKey(
        _ scheme: KeyScheme, purpose: KeyPurpose, usages: Set<KeyUsage> = [], name: String? = nil
    ) async throws(VaultError) -> StoredKey {
        try await mapped("generate") {
            try Self.check(scheme, purpose, usages, name, operation: "generate")
            return try await keep(
                SecretBox(try PrivateKeyGenerator.generate(scheme)), purpose, usages, name, "generate")
        }
    }

    /// Keeps a private key given as PKCS#8 DER (RFC 5958, version 1 or 2), byte for byte.
    ///
    /// - Throws: ``VaultError`` `duplicate-key` or `duplicate-name` when it, or its name, is in the vault.
    public func importKey(
        pkcs8: SecretBox, purpose: KeyPurpose, usages: Set<KeyUsage> = [], name: String? = nil
    ) async throws(VaultError) -> StoredKey {
        try await mapped("import") { try await keep(pkcs8, purpose, usages, name, "import") }
    }

    /// Every key of the vault, in the order of the key ids.
    public func keys() async throws(VaultError) -> [StoredKey] {
        try checkUsable("list")
        let authenticator = authenticator
        return try await mapped("list") {
            try await database.read { db in
                try VaultReader(db, authenticator: authenticator).all(PrivateKeyRow.self)
            }.map { row throws(VaultError) in try StoredKey(row) }
        }
    }

    /// What the vault tells of a key.
    ///
    /// - Throws: ``VaultError`` `key-not-found`, with the nearest key id as a hint.
    public func key(_ keyID: KeyID) async throws(VaultError) -> StoredKey {
        try checkUsable("show")
        return try await mapped("show") { try StoredKey(try await row(keyID, "show")) }
    }

    /// Removes a key for ever.
    ///
    /// - Throws: ``VaultError`` `key-not-found`.
    public func deleteKey(_ keyID: KeyID) async throws(VaultError) {
        try checkUsable("delete")
        let authenticator = authenticator
        try await mapped("delete") {
            _ = try await row(keyID, "delete")
            privateKeys.remove(keyID)
            try await database.write { db in
                var transaction = try VaultTransaction(db, authenticator: authenticator)
                try transaction.deletePrivateKey(keyID.description)
                try transaction.finish()
            }
            privateKeys.remove(keyID)
        }
    }

    /// Gives a key another name, or none: the record is sealed anew, since the name is authenticated with it.
    ///
    /// - Throws: ``VaultError`` `key-not-found`, `duplicate-name`.
    public func renameKey(_ keyID: KeyID, to name: String?) async throws(VaultError) -> StoredKey {
        try checkUsable("rename")
        return try await mapped("rename") {
            try Self.check(name, operation: "rename")
            if authenticator == nil {
                _ = try await row(keyID, "rename")
                try await database.write { db in
                    let transaction = try VaultTransaction(db, authenticator: nil)
                    try transaction.renameClear(keyID.description, to: name)
                    try transaction.finish()
                }
            } else {
                try await sealRenamed(keyID, name)
            }
            privateKeys.remove(keyID)
            return try StoredKey(try await self.row(keyID, "rename"))
        }
    }

    /// Seals a record under another name; anew where a rotation has moved it meanwhile.
    private func sealRenamed(_ keyID: KeyID, _ name: String?) async throws {
        for _ in 0..<Self.maximumAttempts {
            let (old, opened, _) = try await openedRow(keyID, "rename")
            try Self.check(opened, belongsTo: old)
            var row = old
            row.name = name
            do { return _ = try await seal(opened, as: row, replacing: old, "rename") } catch let error as VaultError {
                guard error == Self.tooContended("rename") else { throw error }
            }
        }
        throw Self.tooContended("rename")
    }

    /// The key id that a text names.
    ///
    /// - Throws: ``VaultError`` `key-not-found`, with the nearest key id as a hint, when it names no key of the vault.
    public func knownKey(_ text: String, _ operation: String) async throws(VaultError) -> KeyID {
        if let keyID = KeyID(text) { return keyID }
        return try await mapped(operation) {
            let known = try await database.read { db in try VaultReader(db, authenticator: nil).keyIDs() }
            throw VaultError.unknownKey(text, known: known, operation: operation)
        }
    }

    // MARK: - Keeping

    private static func check(
        _ scheme: KeyScheme, _ purpose: KeyPurpose, _ usages: Set<KeyUsage>, _ name: String?, operation: String
    ) throws {
        try scheme.require(purpose)
        guard purpose == .signing || usages.isEmpty else {
            throw VaultError(
                .invalidArgument, operation: operation, message: "an encryption key has no usages",
                hint: "leave --usage out, or ask for --purpose signing")
        }
        try check(name, operation: operation)
    }

    private static func check(_ name: String?, operation: String) throws(VaultError) {
        guard name.map({ (1...300).contains($0.utf8.count) && !$0.utf8.contains(0) }) ?? true else {
            throw VaultError(
                .invalidArgument, operation: operation, message: "a key's name has 1 to 300 bytes of UTF-8",
                hint: "choose another name")
        }
    }

    private func keep(
        _ pkcs8: SecretBox, _ purpose: KeyPurpose, _ usages: Set<KeyUsage>, _ name: String?,
        _ operation: String
    ) async throws -> StoredKey {
        try checkUsable(operation)
        let publicKey = try PublicKey(ofPKCS8: pkcs8.secret)
        try Self.check(publicKey.scheme, purpose, usages, name, operation: operation)
        let row = PrivateKeyRow(
            keyID: publicKey.keyID.description, dataKeyID: nil, purpose: purpose.rawValue,
            scheme: publicKey.scheme.rawValue, usages: usages.map(\.rawValue).sorted(), name: name,
            createdAt: microsecondsSince1970(), publicKey: publicKey.subjectPublicKeyInfo, sealed: [])
        if authenticator == nil {
            try await database.write { db in
                var transaction = try VaultTransaction(db, authenticator: nil)
                try transaction.insertClear(row, key: pkcs8.secret)
                try transaction.finish()
            }
            return try StoredKey(row, publicKey)
        }
        return try StoredKey(try await seal(pkcs8, as: row, replacing: nil, operation), publicKey)
    }

    /// Seals `key` under a data key with room and writes `row`, in one transaction with the data key's count.
    ///
    /// One caller of this process at a time: when a data key is full, all would make a new one, and all but one in vain.
    @discardableResult
    private func seal(
        _ key: SecretBox, as row: PrivateKeyRow, replacing old: PrivateKeyRow?, _ operation: String
    ) async throws -> PrivateKeyRow {
        try await sealing.run { try await sealInTurn(key, as: row, replacing: old, operation) }
    }

    private func sealInTurn(
        _ key: SecretBox, as row: PrivateKeyRow, replacing old: PrivateKeyRow?, _ operation: String
    ) async throws -> PrivateKeyRow {
        let (authenticator, bound) = (authenticator, options.maxRecordsPerDataKey)
        for _ in 0..<Self.maximumAttempts {
            let leased = try await dataKeyForSealing()
            let dataKeyID = leased.dataKey.id
            var sealedRow = row
            sealedRow.dataKeyID = dataKeyID
            sealedRow.sealed = try SealedRecord.seal(
                key.secret, metadata: row.metadata(vault: vaultID), under: leased.dataKey
            ).bytes
            let written = sealedRow
            let isWritten = try await database.write { db in
                var transaction = try VaultTransaction(db, authenticator: authenticator)
                guard transaction.vault.encryption?.activeDataKey == dataKeyID else { return false }
                if let old, try transaction.rows.privateKey(old.keyID) != old { return false }
                let hasRoom = try transaction.changeDataKey(dataKeyID) { dataKey in
                    dataKey.sealedCount += 1
                    return dataKey.sealedCount <= bound
                }
                guard hasRoom else { return false }
                if old == nil { try transaction.insert(written) } else { try transaction.update(written) }
                try transaction.finish()
                return true
            }
            if isWritten { return written }
            activeDataKey = nil
            if let old, try await self.row(old.keyID) != old { throw Self.tooContended(operation) }
        }
        throw Self.tooContended(operation)
    }

    // MARK: - Reading

    func row(_ keyID: String) async throws -> PrivateKeyRow? {
        let authenticator = authenticator
        let row = try await database.read { db in try VaultReader(db, authenticator: authenticator).privateKey(keyID) }
        guard authenticator == nil || row == nil || row?.dataKeyID != nil else {
            throw VaultError(
                .authenticationFailed, operation: "read",
                message: "key \(keyID) lies unencrypted in an encrypted vault",
                hint: "run nodevault verify, and restore a backup")
        }
        return row
    }

    func row(_ keyID: KeyID, _ operation: String) async throws -> PrivateKeyRow {
        if let row = try await row(keyID.description) { return row }
        let known = try await database.read { db in try VaultReader(db, authenticator: nil).keyIDs() }
        throw VaultError.unknownKey(keyID.description, known: known, operation: operation)
    }
}

extension VaultError {
    /// `key-not-found`, with the nearest of the known ids as a hint.
    static func unknownKey(_ keyID: String, known: [String], operation: String) -> VaultError {
        let nearest = NearestMatch.of(keyID, among: known)
        return VaultError(
            .keyNotFound, operation: operation, message: "no key \(keyID) is in the vault",
            hint: nearest.map { "did you mean \($0)?" } ?? "nodevault key list shows the keys")
    }
}
