import COpenSSL
import SecretMemory

/// An EncryptedPrivateKeyInfo (RFC 5958 section 3) under PBES2 (RFC 8018 section 6.2). Nothing in it is secret.
///
/// Opened and made here rather than by OpenSSL, whose functions keep the opened key in the ordinary heap, read only
/// version 1 and write their own encoding of it.
struct EncryptedPrivateKey {
    private let derivation: KeyDerivation
    private let cipher: BlockCipher
    private let initialVector: [UInt8]
    private let ciphertext: [UInt8]

    /// Reads strict DER.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed`, or `.unsupportedAlgorithm` naming an encryption that is not read.
    init(_ bytes: RawSpan) throws(NodeKeysError) {
        var fields = try DERReader.whole(bytes, of: "encrypted PKCS#8 private key")
        var algorithm = try fields.nested(DERTag.sequence, in: bytes)
        let scheme = try algorithm.objectIdentifier(in: bytes)
        guard scheme == .pbes2 else {
            throw NodeKeysError(
                .unsupportedAlgorithm,
                "the file is encrypted by \(scheme); the vault reads PBES2 with AES "
                    + "(convert it with openssl pkcs8 -topk8 -scrypt)")
        }
        var parameters = try algorithm.nested(DERTag.sequence, in: bytes)
        try algorithm.finish()
        let (derivation, keySize) = try KeyDerivation.read(&parameters, in: bytes)
        self.derivation = derivation
        var encryption = try parameters.nested(DERTag.sequence, in: bytes)
        try parameters.finish()
        let cipherAlgorithm = try encryption.objectIdentifier(in: bytes)
        guard let cipher = BlockCipher(cipherAlgorithm) else {
            throw NodeKeysError(
                .unsupportedAlgorithm,
                "the file is encrypted by \(cipherAlgorithm); the vault reads AES-128, AES-192 and AES-256 in CBC mode")
        }
        self.cipher = cipher
        guard keySize == nil || keySize == cipher.keySize else {
            throw .malformed("the encrypted private key states a key length that its cipher does not have")
        }
        initialVector = bytes.publicBytes(in: try encryption.next(DERTag.octetString, in: bytes))
        try encryption.finish()
        ciphertext = bytes.publicBytes(in: try fields.next(DERTag.octetString, in: bytes))
        try fields.finish()
        guard initialVector.count == BlockCipher.blockSize, !ciphertext.isEmpty,
            ciphertext.count.isMultiple(of: BlockCipher.blockSize)
        else { throw .malformed("the encrypted private key is not of whole cipher blocks") }
    }

    /// The DER of a PKCS#8 key encrypted under a fresh random salt and initial vector: scrypt and AES-256.
    static func seal(
        _ pkcs8: borrowing SecretBytes, _ passphrase: borrowing SecretBytes
    ) throws(NodeKeysError) -> [UInt8] {
        let (derivation, derivationDER) = try KeyDerivation.fresh()
        let cipher = BlockCipher.aes256
        var vector = [UInt8](repeating: 0, count: BlockCipher.blockSize)
        guard RAND_bytes(&vector, Int32(vector.count)) == 1 else { throw .openSSL("drawing an initial vector") }
        let key = try derivation.key(passphrase, count: cipher.keySize)
        let ciphertext = try cipher.encrypt(pkcs8, key: key, initialVector: vector)
        let encryption = DERWriter.sequence(cipher.algorithm.der, DERWriter.element(DERTag.octetString, vector))
        let parameters = DERWriter.sequence(derivationDER, encryption)
        return DERWriter.sequence(
            DERWriter.sequence(AlgorithmOID.pbes2.der, parameters), DERWriter.element(DERTag.octetString, ciphertext))
    }

    /// Decrypts into secret memory.
    ///
    /// - Throws: ``NodeKeysError`` `.wrongPassphrase` when what comes out is no PKCS#8: the file carries no other
    ///   check.
    func open(_ passphrase: borrowing SecretBytes) throws(NodeKeysError) -> SecretBytes {
        let key = try derivation.key(passphrase, count: cipher.keySize)
        guard let opened = try cipher.decrypt(ciphertext, key: key, initialVector: initialVector),
            opened.withExposedBytes({ PrivateKeyFileKind(der: $0) == .pkcs8 })
        else {
            throw NodeKeysError(
                .wrongPassphrase, "the passphrase does not open the private key, or the file is damaged")
        }
        return opened
    }
}
