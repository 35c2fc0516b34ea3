/// A key's AlgorithmIdentifier, the same in public keys (RFC 5280) and in private ones (RFC 5958).
enum KeyAlgorithm {
    /// The whole DER element for keys of `scheme`.
    static func der(of scheme: KeyScheme) -> [UInt8] {
        switch scheme {
        case .ed25519: DERWriter.sequence(AlgorithmOID.ed25519.der)
        case .ecP256: DERWriter.sequence(AlgorithmOID.ecPublicKey.der, AlgorithmOID.p256.der)
        case .ecP384: DERWriter.sequence(AlgorithmOID.ecPublicKey.der, AlgorithmOID.p384.der)
        case .ecSecp256k1: DERWriter.sequence(AlgorithmOID.ecPublicKey.der, AlgorithmOID.secp256k1.der)
        case .rsa2048: DERWriter.sequence(AlgorithmOID.rsaEncryption.der, [DERTag.null, 0])
        }
    }

    /// Reads the element. For RSA the size is still to be checked.
    ///
    /// - Throws: ``NodeKeysError`` `.unsupportedAlgorithm`, naming what was found.
    static func read(
        _ reader: inout DERReader, in bytes: RawSpan
    ) throws(NodeKeysError) -> KeyScheme {
        var fields = try reader.nested(DERTag.sequence, in: bytes)
        let algorithm = try fields.objectIdentifier(in: bytes)
        let scheme: KeyScheme
        switch algorithm {
        case .ed25519:
            scheme = .ed25519
        case .ecPublicKey:
            scheme = try readCurve(&fields, in: bytes)
        case .rsaEncryption:
            guard try fields.next(DERTag.null, in: bytes).isEmpty else {
                throw .malformed("the NULL of an RSA key's algorithm is not empty")
            }
            scheme = .rsa2048
        default:
            throw .unsupported("a key of the algorithm \(algorithm)")
        }
        try fields.finish()
        return scheme
    }

    /// Reads ECParameters (RFC 5480): a named curve.
    static func readCurve(_ reader: inout DERReader, in bytes: RawSpan) throws(NodeKeysError) -> KeyScheme {
        guard reader.peek(in: bytes) != DERTag.sequence else {
            throw .unsupported("an EC key with explicit curve parameters instead of a curve's name")
        }
        let curve = try reader.objectIdentifier(in: bytes)
        return switch curve {
        case .p256: .ecP256
        case .p384: .ecP384
        case .secp256k1: .ecSecp256k1
        default: throw .unsupported("an EC key on the curve \(curve)")
        }
    }
}
