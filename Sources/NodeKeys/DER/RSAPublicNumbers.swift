/// The numbers of an RSA public key (RFC 8017, RSAPublicKey), checked for size.
struct RSAPublicNumbers {
    /// Big-endian, 256 bytes.
    let modulus: [UInt8]
    /// Big-endian, without leading zeros.
    let exponent: [UInt8]

    init(modulus: [UInt8], exponent: [UInt8]) throws(NodeKeysError) {
        let bitCount = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard bitCount == 2048 else { throw .unsupported("an RSA key of \(bitCount) bits") }
        guard (modulus.last ?? 0) & 1 == 1 else { throw .malformed("the modulus of the RSA key is even") }
        // OpenSSL makes 65537. Eight bytes hold every exponent in use, and keep the public operation cheap.
        guard (exponent.last ?? 0) & 1 == 1, exponent != [1], exponent.count <= 8 else {
            throw .malformed("the public exponent of the RSA key must be odd, from 3 to 2^64 - 1")
        }
        self.modulus = modulus
        self.exponent = exponent
    }

    /// Reads an RSAPublicKey.
    init(_ der: [UInt8]) throws(NodeKeysError) {
        let bytes = der.span.bytes
        var fields = try DERReader.whole(bytes, of: "RSA public key")
        let modulus = try fields.magnitude(in: bytes)
        let exponent = try fields.magnitude(in: bytes)
        try fields.finish()
        try self.init(modulus: bytes.publicBytes(in: modulus), exponent: bytes.publicBytes(in: exponent))
    }

    /// The RSAPublicKey DER.
    var der: [UInt8] {
        DERWriter.sequence(DERWriter.integer(magnitude: modulus), DERWriter.integer(magnitude: exponent))
    }
}
