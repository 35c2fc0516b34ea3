import COpenSSL
package import SecretMemory

/// AES-256-GCM with 12-byte nonces and 16-byte tags. Source: NIST SP 800-38D.
package enum AESGCM {
    /// Encrypts; answers the ciphertext and its tag.
    package static func seal(
        _ plaintext: RawSpan, key: borrowing SecretBytes, nonce: [UInt8], authenticatedData: [UInt8]
    ) throws(EnvelopeError) -> [UInt8] {
        precondition(key.count == CryptoEngine.keySize && nonce.count == CryptoEngine.nonceSize)
        var output = [UInt8](repeating: 0, count: plaintext.byteCount + CryptoEngine.tagSize)
        try withPointers(key, nonce, authenticatedData) { key, nonce, authenticatedData throws(EnvelopeError) in
            try plaintext.withUnsafeBytes { plaintext throws(EnvelopeError) in
                try output.withMutableBytes { output throws(EnvelopeError) in
                    guard let target = output.baseAddress else { return }
                    try CryptoEngine.use { engine throws(EnvelopeError) in
                        try engine.seal(
                            plaintext, key: key, nonce: nonce, authenticatedData: authenticatedData, into: target)
                    }
                }
            }
        }
        return output
    }

    /// Decrypts ciphertext and tag into secret memory.
    ///
    /// - Throws: ``EnvelopeError`` `.authenticationFailed` for a wrong key, nonce, authenticated data or any changed byte.
    package static func open(
        _ sealed: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], authenticatedData: [UInt8]
    ) throws(EnvelopeError) -> SecretBytes {
        precondition(key.count == CryptoEngine.keySize && nonce.count == CryptoEngine.nonceSize)
        guard sealed.count >= CryptoEngine.tagSize else { throw .authenticationFailed }
        var output = try SecretBytes.zeroed(sealed.count - CryptoEngine.tagSize)
        try withPointers(key, nonce, authenticatedData) { key, nonce, authenticatedData throws(EnvelopeError) in
            try sealed.withBytes { sealed throws(EnvelopeError) in
                try output.withUnsafeMutableBytes { output throws(EnvelopeError) in
                    try CryptoEngine.use { engine throws(EnvelopeError) in
                        try engine.open(
                            sealed, key: key, nonce: nonce, authenticatedData: authenticatedData,
                            into: output.baseAddress)
                    }
                }
            }
        }
        return output
    }

    private static func withPointers<R: ~Copyable>(
        _ key: borrowing SecretBytes, _ nonce: [UInt8], _ authenticatedData: [UInt8],
        _ body: (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawBufferPointer) throws(EnvelopeError) -> R
    ) throws(EnvelopeError) -> R {
        try key.withExposedBytes { key throws(EnvelopeError) in
            try key.withUnsafeBytes { key throws(EnvelopeError) in
                try nonce.withBytes { nonce throws(EnvelopeError) in
                    guard let key = key.baseAddress, let nonce = nonce.baseAddress else {
                        throw .cryptoFailure("an empty key")
                    }
                    return try authenticatedData.withBytes { data throws(EnvelopeError) in try body(key, nonce, data) }
                }
            }
        }
    }
}

/// Draws public random bytes (salts, nonces, ids) from OpenSSL's generator.
package func randomBytes(_ count: Int) throws(EnvelopeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .randomUnavailable }
    return bytes
}
