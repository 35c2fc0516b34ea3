import EnvelopeCrypto
import SecretMemory

/// What a LocalKMS file is sealed by, once it is derived: 32 secret bytes.
final class KeyFileSeal: Sendable {
    private let seal: KeyFileHeader.Seal
    private let secret: SecretBytes

    /// Reads or makes the secret that `header` asks for; nil makes a new file's.
    static func make(
        _ protection: borrowing LocalKMS.Protection, for header: KeyFileHeader?, file: PrivateFile, owner: FileOwner?,
        cost: ScryptCost
    ) throws(LocalFailure) -> KeyFileSeal {
        switch protection {
        case .passphrase(let passphrase):
            return try sealedBy(passphrase, header, file: file, cost: cost)
        case .machineKey(let path):
            if case .passphrase = header?.seal {
                throw .validation("\(file.path) is sealed by a passphrase, and none was given; set kms.passphrase-file")
            }
            let machineKey = MachineKeyFile(
                try PrivateFile(path: path ?? file.path + ".machine-key", owner: owner), keyFile: file.path)
            return KeyFileSeal(.machineKey, secret: try header == nil ? machineKey.readOrMake() : machineKey.read())
        }
    }

    private static func sealedBy(
        _ passphrase: borrowing SecretBytes, _ header: KeyFileHeader?, file: PrivateFile, cost: ScryptCost
    ) throws(LocalFailure) -> KeyFileSeal {
        guard passphrase.count > 0 else {
            throw .validation("the passphrase of \(file.path) is empty; give one of at least one byte")
        }
        switch header?.seal {
        case .machineKey:
            throw .validation(
                "\(file.path) is sealed by a machine key, and a passphrase was given; remove kms.passphrase-file")
        case .passphrase(let cost, let salt):
            return KeyFileSeal(
                .passphrase(cost, scryptSalt: salt), secret: try cost.derive(from: passphrase, salt: salt))
        case nil:
            let salt = try LocalFailure.mapping { () throws(EnvelopeError) in try randomBytes(32) }
            return KeyFileSeal(
                .passphrase(cost, scryptSalt: salt), secret: try cost.derive(from: passphrase, salt: salt))
        }
    }

    private init(_ seal: KeyFileHeader.Seal, secret: consuming SecretBytes) {
        self.seal = seal
        self.secret = secret
    }

    /// Seals a keyring with fresh salt and nonce: no key is used twice.
    func seal(_ keyring: Keyring) throws(LocalFailure) -> [UInt8] {
        let payload = try keyring.encoded()
        do throws(EnvelopeError) {
            let header = KeyFileHeader(seal: seal, salt: try randomBytes(32), nonce: try randomBytes(12))
            let key = try fileKey(header)
            return try payload.withExposedBytes { payload throws(EnvelopeError) in
                header.bytes
                    + (try AESGCM.seal(payload, key: key, nonce: header.nonce, authenticatedData: header.bytes))
            }
        } catch { throw LocalFailure(error) }
    }

    /// Opens the file's bytes.
    func open(_ file: [UInt8], header: KeyFileHeader, path: String) throws(LocalFailure) -> Keyring {
        guard header.seal == seal else {
            throw LocalFailure(
                .wrongPassphrase, "\(path) was sealed anew, by another passphrase, since it was opened; open it again")
        }
        let payload: SecretBytes
        do throws(EnvelopeError) {
            payload = try AESGCM.open(
                Array(file[KeyFileHeader.sizeInBytes...]), key: try fileKey(header), nonce: header.nonce,
                authenticatedData: header.bytes)
        } catch .authenticationFailed {
            throw doesNotOpen(path)
        } catch { throw LocalFailure(error) }
        return try payload.withExposedBytes { payload throws(LocalFailure) in try Keyring(parsing: payload) }
    }

    private func fileKey(_ header: KeyFileHeader) throws(EnvelopeError) -> SecretBytes {
        try HKDF.derive(
            from: secret, salt: header.salt, info: Array("nodevault/1/local-kms-file".utf8), count: 32)
    }

    /// A wrong key and a damaged body are the same to the cipher, and the message says so.
    private func doesNotOpen(_ path: String) -> LocalFailure {
        switch seal {
        case .passphrase:
            LocalFailure(
                .wrongPassphrase,
                "\(path) does not open: the passphrase is wrong, or the file is damaged (they cannot be told apart)")
        case .machineKey:
            LocalFailure(
                .damagedFile,
                "\(path) does not open: it is damaged, or the machine key is another file's (they cannot be told apart)"
            )
        }
    }
}
