import COpenSSL
package import SecretMemory

/// Makes private keys in secret memory.
package enum PrivateKeyGenerator {
    /// A new key as PKCS#8 version 1 DER, byte for byte as `openssl pkcs8 -topk8 -nocrypt -outform DER` writes it.
    ///
    /// Random bytes are from OpenSSL's private generator. RSA takes 50 to 500 ms and has the public exponent 65537.
    ///
    /// - Throws: ``NodeKeysError`` `.secretMemory`, `.cryptoFailure`, or `.unsupportedAlgorithm` where the system's
    ///   OpenSSL lacks a curve.
    package static func generate(_ scheme: KeyScheme) throws(NodeKeysError) -> SecretBytes {
        ERR_clear_error()
        if scheme == .ed25519 {
            let seed = try random(count: 32)
            return try seed.withExposedBytes { seed throws(NodeKeysError) in try PKCS8Writer.ed25519(seed: seed) }
        }
        guard let curve = Curve.of(scheme) else { return try RSAKeyMaker.generate() }
        while true {
            // Drawn anew until it is in range (FIPS 186-5 appendix A.2.2): at once but for odds of 2^-32 and less.
            let candidate = try random(count: curve.sizeInBytes)
            let made = try candidate.withExposedBytes { bytes throws(NodeKeysError) -> SecretBytes? in
                guard curve.accepts(scalar: bytes, at: 0..<bytes.byteCount) else { return nil }
                let scalar = try SecretNumber.read(bytes, 0..<bytes.byteCount)
                return try PKCS8Writer.ec(scheme, scalar: bytes, point: curve.publicPoint(of: scalar))
            }
            if let made { return made }
        }
    }

    private static func random(count: Int) throws(NodeKeysError) -> SecretBytes {
        do { return try SecretBytes.random(count: count) } catch { throw NodeKeysError(error) }
    }
}
