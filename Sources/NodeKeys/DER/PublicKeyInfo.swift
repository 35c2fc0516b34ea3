/// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) of the schemes that the vault keeps.
enum PublicKeyInfo {
    /// The DER of a key whose bit string holds `bits`.
    static func der(_ scheme: KeyScheme, bits: [UInt8]) -> [UInt8] {
        DERWriter.sequence(KeyAlgorithm.der(of: scheme), DERWriter.bitString(bits))
    }

    /// Reads strictly, and answers the scheme and the bit string's bytes.
    static func read(_ der: [UInt8]) throws(NodeKeysError) -> (scheme: KeyScheme, bits: [UInt8]) {
        let bytes = der.span.bytes
        var fields = try DERReader.whole(bytes, of: "public key (SubjectPublicKeyInfo)")
        let scheme = try KeyAlgorithm.read(&fields, in: bytes)
        let bits = bytes.publicBytes(in: try fields.bits(in: bytes))
        try fields.finish()
        switch scheme {
        case .ed25519:
            guard bits.count == 32 else {
                throw .malformed("an Ed25519 public key has 32 bytes, and this one has \(bits.count)")
            }
        case .ecP256, .ecP384, .ecSecp256k1:
            try Curve.of(scheme)?.check(point: bits)
        case .rsa2048:
            _ = try RSAPublicNumbers(bits)
        }
        return (scheme, bits)
    }
}
