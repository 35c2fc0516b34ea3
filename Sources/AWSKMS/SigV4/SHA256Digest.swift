import COpenSSL
import EnvelopeCrypto
import SecretMemory

/// SHA-256 of bytes that arrive in pieces, and HMAC-SHA-256.
///
/// What a signature covers (a session token, a body) is hashed piece by piece, so that no copy of it is made.
struct SHA256Digest: ~Copyable {
    static let sizeInBytes = 32

    private let context: OpaquePointer

    init() throws(EnvelopeError) {
        guard let context = EVP_MD_CTX_new() else { throw .cryptoFailure("SHA-256 did not start") }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw .cryptoFailure("OpenSSL has no SHA-256; check its configuration")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func add(_ bytes: UnsafeRawBufferPointer) { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    mutating func add(_ secret: borrowing SecretBytes) {
        secret.withExposedBytes { span in span.withUnsafeBytes { add($0) } }
    }

    consuming func finish() throws(EnvelopeError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Self.sizeInBytes)
        guard EVP_DigestFinal_ex(context, &output, nil) == 1 else { throw .cryptoFailure("SHA-256 did not finish") }
        return output
    }

    /// SHA-256 of a secret.
    static func of(_ secret: borrowing SecretBytes) throws(EnvelopeError) -> [UInt8] {
        var digest = try SHA256Digest()
        digest.add(secret)
        return try digest.finish()
    }

    /// Writes HMAC-SHA-256 of `text` under `key` to `output`, which has 32 bytes. Source: RFC 2104.
    static func authenticate(
        _ text: String, key: borrowing SecretBytes, into output: UnsafeMutableRawBufferPointer
    ) throws(EnvelopeError) {
        var text = text
        var count = 0
        let done = key.withExposedBytes { key in
            key.withUnsafeBytes { key in
                text.withUTF8 { text in
                    EVP_Q_mac(
                        nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, text.baseAddress, text.count,
                        output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count, &count) != nil
                }
            }
        }
        guard done, count == sizeInBytes else { throw .cryptoFailure("HMAC-SHA-256 failed") }
    }
}
