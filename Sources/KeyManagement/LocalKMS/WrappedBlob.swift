import EnvelopeCrypto
import SecretMemory

/// What LocalKMS answers as a ciphertext. Layout: ``LocalKMS``.
struct WrappedBlob {
    let keyID: String
    let materialID: [UInt8]
    private let salt: [UInt8]
    private let nonce: [UInt8]
    private let sealed: [UInt8]

    private static let version: UInt8 = 1
    private static let headerSize = 113
    private static let tagSize = 16

    /// Wraps `plaintext` under the current material of `key`.
    init(
        wrapping plaintext: borrowing SecretBytes, under key: LocalKey, context: EncryptionContext
    ) throws(LocalFailure) {
        let material = key.currentMaterial
        do throws(EnvelopeError) {
            let (salt, nonce) = (try randomBytes(32), try randomBytes(12))
            let wrappingKey = try Self.wrappingKey(material, salt)
            let authenticated = Self.header(key.id, material.id, salt, nonce) + context.canonicalBytes
            sealed = try plaintext.withExposedBytes { plaintext throws(EnvelopeError) in
                try AESGCM.seal(plaintext, key: wrappingKey, nonce: nonce, authenticatedData: authenticated)
            }
            (keyID, materialID, self.salt, self.nonce) = (key.id, material.id, salt, nonce)
        } catch { throw LocalFailure(error) }
    }

    /// Reads a blob; what lies in it is believed only once it opens.
    init(parsing bytes: [UInt8]) throws(LocalFailure) {
        guard bytes.count >= Self.headerSize + Self.tagSize, bytes[0] == Self.version,
            let id = LocalKey.id(bytes[1..<37])
        else { throw .invalidCiphertext }
        keyID = id
        materialID = Array(bytes[37..<69])
        salt = Array(bytes[69..<101])
        nonce = Array(bytes[101..<113])
        sealed = Array(bytes[113...])
    }

    var bytes: [UInt8] { Self.header(keyID, materialID, salt, nonce) + sealed }

    /// Opens it with the material of `key` that it names.
    func unwrap(with key: LocalKey, context: EncryptionContext) throws(LocalFailure) -> SecretBytes {
        guard let material = key.material(materialID) else { throw .invalidCiphertext }
        do throws(EnvelopeError) {
            let wrappingKey = try Self.wrappingKey(material, salt)
            return try AESGCM.open(
                sealed, key: wrappingKey, nonce: nonce,
                authenticatedData: Self.header(keyID, materialID, salt, nonce) + context.canonicalBytes)
        } catch { throw LocalFailure(error) }
    }

    private static func header(_ keyID: String, _ materialID: [UInt8], _ salt: [UInt8], _ nonce: [UInt8]) -> [UInt8] {
        [version] + Array(keyID.utf8) + materialID + salt + nonce
    }

    private static func wrappingKey(_ material: KeyMaterial, _ salt: [UInt8]) throws(EnvelopeError) -> SecretBytes {
        try HKDF.derive(
            from: material.secret, salt: salt, info: Array("nodevault/1/local-kms-wrap".utf8), count: 32)
    }
}

extension EncryptionContext {
    /// Each key and value with a 4-byte length before it, in ascending order of the keys' bytes: no two contexts agree.
    var canonicalBytes: [UInt8] {
        sortedPairs.flatMap { pair in
            [pair.key, pair.value].flatMap { text in UInt32(text.utf8.count).bigEndianBytes + Array(text.utf8) }
        }
    }
}
