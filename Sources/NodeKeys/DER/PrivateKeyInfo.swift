/// Where the parts of a PKCS#8 private key lie (RFC 5958 OneAsymmetricKey, versions 1 and 2; RFC 5208). No bytes of it.
///
/// Strict: every element is DER, nothing is missing, nothing follows. Attributes may be there and are not interpreted.
struct PrivateKeyInfo {
    /// The private key inside, by scheme.
    enum Key {
        /// 32 bytes (RFC 8410).
        case ed25519(seed: Range<Int>)
        case ec(ECPrivateKeyInfo)
        case rsa(RSAPrivateKeyInfo)
    }

    let scheme: KeyScheme
    let key: Key
    /// Version 2's public key, as in the bit string of a SubjectPublicKeyInfo.
    let enclosedPublicKey: Range<Int>?

    /// Reads `bytes`, which must be one private key and nothing else.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed`, or `.unsupportedAlgorithm` naming what was found.
    init(_ bytes: RawSpan) throws(NodeKeysError) {
        var fields = try DERReader.whole(bytes, of: "PKCS#8 private key")
        let version = try fields.smallInteger(in: bytes)
        guard version <= 1 else { throw .malformed("PKCS#8 has versions 0 and 1, and this file says \(version)") }
        scheme = try KeyAlgorithm.read(&fields, in: bytes)
        let inner = try fields.next(DERTag.octetString, in: bytes)
        switch scheme {
        case .ed25519:
            var seedReader = DERReader(inner, of: "Ed25519 private key")
            let seed = try seedReader.next(DERTag.octetString, in: bytes)
            try seedReader.finish()
            guard seed.count == 32 else {
                throw .malformed("an Ed25519 private key has 32 bytes, and this one has \(seed.count)")
            }
            key = .ed25519(seed: seed)
        case .ecP256, .ecP384, .ecSecp256k1:
            key = .ec(try ECPrivateKeyInfo(bytes, inner, curveOfAlgorithm: scheme))
        case .rsa2048:
            key = .rsa(try RSAPrivateKeyInfo(bytes, inner))
        }
        if fields.peek(in: bytes) == DERTag.context0 { try Self.checkAttributes(&fields, in: bytes) }
        // "If publicKey is present, then version is set to v2 else version is set to v1." (RFC 5958 section 2)
        enclosedPublicKey = version == 1 ? try fields.bits(DERTag.primitiveContext1, in: bytes) : nil
        try fields.finish()
    }

    /// Each Attribute is SEQUENCE { OBJECT IDENTIFIER, SET }.
    private static func checkAttributes(_ fields: inout DERReader, in bytes: RawSpan) throws(NodeKeysError) {
        var attributes = try fields.nested(DERTag.context0, in: bytes)
        while !attributes.isAtEnd {
            var attribute = try attributes.nested(DERTag.sequence, in: bytes)
            _ = try attribute.objectIdentifier(in: bytes)
            var values = try attribute.nested(DERTag.set, in: bytes)
            while !values.isAtEnd { _ = try values.next(in: bytes) }
            try attribute.finish()
        }
    }
}
