import COpenSSL
import SecretMemory

/// An RSA private key in the arena, made an `EVP_PKEY` for one decryption at a time.
///
/// A used RSA key of OpenSSL keeps its primes in the ordinary heap, as Montgomery moduli, for as long as it lives. The
/// price of a new one each time is its blinding: a decryption takes about 2.5 times as long.
final class RSADecryptionKey: Sendable {
    private static let ciphertextSize = 256
    private let rsaPrivateKey: SecretBytes

    init(_ bytes: RawSpan, _ range: Range<Int>) throws(NodeKeysError) {
        rsaPrivateKey = try SecretBytes.joining([], bytes.extracting(range))
    }

    func decrypt(_ ciphertext: [UInt8]) throws(NodeKeysError) -> SecretBytes {
        guard ciphertext.count == Self.ciphertextSize else {
            throw NodeKeysError(
                .decryptionFailed,
                "an RSA-2048 ciphertext has \(Self.ciphertextSize) bytes, and this one has \(ciphertext.count)")
        }
        ERR_clear_error()
        let key = try rsaPrivateKey.withExposedBytes { bytes throws(NodeKeysError) in
            try OpenSSLKey.transientRSA(bytes, RSAPrivateKeyInfo(bytes, 0..<bytes.byteCount))
        }
        guard let context = EVP_PKEY_CTX_new(key.pointer, nil) else { throw .openSSL("a decryption context") }
        defer { EVP_PKEY_CTX_free(context) }
        guard
            EVP_PKEY_decrypt_init(context) == 1, EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
            EVP_PKEY_CTX_set_rsa_oaep_md_name(context, "SHA256", nil) == 1,
            EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, "SHA256", nil) == 1
        else { throw .openSSL("preparing a decryption") }
        var plaintext = try SecretBytes.zeroed(Self.ciphertextSize)
        let length = plaintext.withUnsafeMutableBytes { buffer -> Int? in
            var length = buffer.count
            let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let decrypted = EVP_PKEY_decrypt(context, start, &length, ciphertext, ciphertext.count)
            return decrypted == 1 ? length : nil
        }
        nodevault_wipe_stack()
        guard let length else {
            // What OpenSSL says about a padding is for nobody to know.
            ERR_clear_error()
            throw NodeKeysError(
                .decryptionFailed, "the ciphertext does not decrypt under this key with OAEP and SHA-256")
        }
        plaintext.truncate(to: length)
        return plaintext
    }
}
