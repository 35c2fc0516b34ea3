import EnvelopeCrypto
public import NodeKeys
public import SecretMemory
import VaultStorage

extension KeyStore {
    /// Runs `body` with a ready private key.
    ///
    /// A key that was used before is at hand: then this neither suspends nor touches the database.
    ///
    /// - Throws: ``VaultError`` `key-not-found`, `authentication-failed`, and the KMS's failures; and what `body` throws.
    public func withPrivateKey<R>(_ keyID: KeyID, _ body: (PrivateKeyHandle) throws -> R) async throws -> R {
        try body(try await readyKey(keyID, "use").handle)
    }

    /// Signs a message.
    ///
    /// - Returns: for Ed25519 the 64 raw bytes (RFC 8032); for EC keys DER (RFC 3279) over SHA-256, for P-384 over SHA-384.
    /// - Throws: ``VaultError`` `purpose-not-allowed` for an encryption key, and as ``withPrivateKey(_:_:)``.
    public func sign(_ message: [UInt8], with keyID: KeyID) async throws(VaultError) -> [UInt8] {
        let key = try await readyKey(keyID, "sign")
        guard key.purpose == .signing else {
            throw VaultError(
                .purposeNotAllowed, operation: "sign", message: "key \(keyID) is for encryption, not for signing",
                hint: "name a signing key")
        }
        return try mapped("sign") { try key.handle.sign(message) }
    }

    /// Decrypts RSA-OAEP with SHA-256, MGF1 over SHA-256 and an empty label (RFC 8017, section 7.1).
    ///
    /// - Parameters:
    ///   - ciphertext: 256 bytes.
    ///   - keyID: an `rsa-2048` key for encryption.
    /// - Returns: at most 190 bytes, in secret memory.
    /// - Throws: ``VaultError`` `purpose-not-allowed` for a key that is no `rsa-2048` encryption key,
    ///   `decryption-failed` for all that was not encrypted so for this key, and as ``withPrivateKey(_:_:)``.
    public func decrypt(_ ciphertext: [UInt8], with keyID: KeyID) async throws(VaultError) -> SecretBox {
        let key = try await encryptionKey(keyID, "decrypt")
        return try mapped("decrypt") { SecretBox(try key.handle.decrypt(ciphertext)) }
    }

    /// Agrees on a secret with the owner of another P-256 key (ECDH, SEC 1, section 3.3.1), as ECIES needs it.
    ///
    /// - Parameters:
    ///   - other: the other one's public key.
    ///   - keyID: an `ec-p256` key for encryption.
    /// - Returns: the 32 bytes of the shared point's x coordinate. They are no key yet: derive one, with HKDF.
    /// - Throws: ``VaultError`` `purpose-not-allowed` unless both keys are `ec-p256` and this one is for encryption, and as
    ///   ``withPrivateKey(_:_:)``.
    public func deriveSharedSecret(
        with other: PublicKey, using keyID: KeyID
    ) async throws(VaultError) -> SecretBox {
        let key = try await encryptionKey(keyID, "derive")
        return try mapped("derive") { SecretBox(try key.handle.deriveSharedSecret(with: other)) }
    }

    private func encryptionKey(_ keyID: KeyID, _ operation: String) async throws(VaultError) -> ReadyPrivateKey {
        let key = try await readyKey(keyID, operation)
        guard key.purpose == .encryption else {
            throw VaultError(
                .purposeNotAllowed, operation: operation,
                message: "key \(keyID) is for signing, not for encryption", hint: "name an encryption key")
        }
        return key
    }

    /// The PKCS#8 DER of a key, byte for byte as it was imported or made, in secret memory.
    public func exportKey(_ keyID: KeyID) async throws(VaultError) -> SecretBox {
        try checkUsable("export")
        return try await mapped("export") {
            let (row, opened, _) = try await openedRow(keyID, "export")
            try Self.check(opened, belongsTo: row)
            return opened
        }
    }

    // MARK: - Opening

    func readyKey(_ keyID: KeyID, _ operation: String) async throws(VaultError) -> ReadyPrivateKey {
        try checkUsable(operation)
        if let ready = privateKeys.ready(keyID) { return ready }
        return try await mapped(operation) {
            let generation = privateKeys.generation
            let (row, pkcs8, lifetime) = try await openedRow(keyID, operation)
            let stored = try StoredKey(row)
            let handle = try PrivateKeyHandle(pkcs8: pkcs8.secret)
            guard handle.publicKey == stored.publicKey else {
                throw VaultError(
                    .authenticationFailed, operation: operation,
                    message: "the private key of \(keyID) does not belong to its public key",
                    hint: "run nodevault verify --deep, and restore a backup")
            }
            let ready = ReadyPrivateKey(handle: handle, purpose: stored.purpose, row: row, lifetime: lifetime)
            privateKeys.insert(ready, for: keyID, since: generation)
            return ready
        }
    }

    /// Derives the public key of an opened record anew and compares it, and its fingerprint, with the row's.
    static func check(_ opened: SecretBox, belongsTo row: PrivateKeyRow) throws {
        let stored = try StoredKey(row)
        guard try PublicKey(ofPKCS8: opened.secret) == stored.publicKey else {
            throw VaultError(
                .authenticationFailed, operation: "open",
                message: "the private key of \(row.keyID) does not belong to its public key", hint: "restore a backup")
        }
    }

    /// The row of a key and its PKCS#8.
    ///
    /// A rotation may seal the record anew, and delete its old data key, between the two: then once more from the row on.
    func openedRow(
        _ keyID: KeyID, _ operation: String
    ) async throws -> (PrivateKeyRow, SecretBox, KeyLifetime) {
        var row = try await row(keyID, operation)
        for _ in 0..<Self.maximumAttempts {
            do {
                let (pkcs8, lifetime) = try await opened(row)
                return (row, pkcs8, lifetime)
            } catch {
                let current = try await self.row(keyID, operation)
                guard current != row else { throw error }
                row = current
            }
        }
        throw Self.tooContended(operation)
    }

    /// The PKCS#8 of a row in secret memory.
    func privateKey(_ row: PrivateKeyRow) async throws -> SecretBox { try await opened(row).0 }

    private func opened(_ row: PrivateKeyRow) async throws -> (SecretBox, KeyLifetime) {
        _ = try StoredKey(row)
        guard let dataKeyID = row.dataKeyID else {
            let keyID = row.keyID
            let clear = try await database.read { db in
                try VaultReader(db, authenticator: nil).clearPrivateKey(keyID)
            }
            guard let clear else { throw VaultError.unknownKey(keyID, known: [], operation: "read") }
            return (clear, KeyLifetime(until: dataKeys.expiryFromNow))
        }
        let leased = try await dataKey(holding: dataKeyID)
        return (SecretBox(try Self.open(row, vaultID, leased)), leased.lifetime)
    }

    /// Opens a sealed row, and says whose row it is when it does not open.
    static func open(_ row: PrivateKeyRow, _ vault: UUIDBytes, _ leased: LeasedDataKey) throws(VaultError)
        -> SecretBytes
    {
        do {
            return try SealedRecord(bytes: row.sealed).open(metadata: row.metadata(vault: vault), under: leased.dataKey)
        } catch {
            switch error {
            case .secretMemory(let message):
                throw VaultError(.secretMemory, operation: "open", message: message, cause: error)
            default:
                throw VaultError(
                    .authenticationFailed, operation: "open",
                    message: "the record of key \(row.keyID) does not open: it or its metadata was changed",
                    hint: "run nodevault verify, and restore a backup", cause: error)
            }
        }
    }
}
