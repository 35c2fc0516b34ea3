import COpenSSL
import SecretMemory

/// AES in CBC mode with PKCS#7 padding, as PBES2 uses it (RFC 8018 appendix B.2.5).
enum BlockCipher: Int {
    /// By the key's size in bytes.
    case aes128 = 16
    case aes192 = 24
    case aes256 = 32

    static let blockSize = 16

    var keySize: Int { rawValue }

    var algorithm: AlgorithmOID {
        switch self {
        case .aes128: .aes128CBC
        case .aes192: .aes192CBC
        case .aes256: .aes256CBC
        }
    }

    init?(_ algorithm: AlgorithmOID) {
        switch algorithm {
        case .aes128CBC: self = .aes128
        case .aes192CBC: self = .aes192
        case .aes256CBC: self = .aes256
        default: return nil
        }
    }

    private var cipher: OpaquePointer? {
        switch self {
        case .aes128: EVP_aes_128_cbc()
        case .aes192: EVP_aes_192_cbc()
        case .aes256: EVP_aes_256_cbc()
        }
    }

    /// Decrypts into secret memory; nil when the padding is wrong, as it mostly is under a wrong key.
    func decrypt(
        _ ciphertext: [UInt8], key: borrowing SecretBytes, initialVector: [UInt8]
    ) throws(NodeKeysError) -> SecretBytes? {
        var plaintext = try SecretBytes.zeroed(ciphertext.count + Self.blockSize)
        let count = try plaintext.withUnsafeMutableBytes { target throws(NodeKeysError) in
            try ciphertext.withBytes { source throws(NodeKeysError) in
                try run(source, target, key: key, initialVector: initialVector, encrypts: false)
            }
        }
        guard let count else { return nil }
        plaintext.truncate(to: count)
        return plaintext
    }

    /// Encrypts a secret.
    func encrypt(
        _ plaintext: borrowing SecretBytes, key: borrowing SecretBytes, initialVector: [UInt8]
    ) throws(NodeKeysError) -> [UInt8] {
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count + Self.blockSize)
        let count = try ciphertext.withMutableBytes { target throws(NodeKeysError) in
            try plaintext.withExposedBytes { plaintext throws(NodeKeysError) in
                try plaintext.withUnsafeBytes { source throws(NodeKeysError) in
                    try run(source, target, key: key, initialVector: initialVector, encrypts: true)
                }
            }
        }
        guard let count else { throw .openSSL("encrypting") }
        ciphertext.removeLast(ciphertext.count - count)
        return ciphertext
    }

    /// Answers how many bytes were written, or nil when OpenSSL refuses the last block.
    private func run(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, key: borrowing SecretBytes,
        initialVector: [UInt8], encrypts: Bool
    ) throws(NodeKeysError) -> Int? {
        // The context holds the expanded key in the ordinary heap until it is freed, which wipes it.
        guard let context = EVP_CIPHER_CTX_new() else { throw .openSSL("a cipher context") }
        defer {
            EVP_CIPHER_CTX_free(context)
            nodevault_wipe_stack()
        }
        let start = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let isReady = key.withExposedBytes { key in
            key.withUnsafeBytes { key in
                EVP_CipherInit_ex(
                    context, cipher, nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self), initialVector,
                    encrypts ? 1 : 0)
            }
        }
        var count: Int32 = 0
        var lastCount: Int32 = 0
        guard isReady == 1,
            EVP_CipherUpdate(
                context, start, &count, source.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(source.count))
                == 1
        else { throw .openSSL("a cipher") }
        guard EVP_CipherFinal_ex(context, start?.advanced(by: Int(count)), &lastCount) == 1 else {
            ERR_clear_error()
            return nil
        }
        return Int(count + lastCount)
    }
}
