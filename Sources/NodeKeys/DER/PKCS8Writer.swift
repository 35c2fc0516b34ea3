import SecretMemory

/// Writes PKCS#8 version 1 into secret memory, byte for byte as `openssl pkcs8 -topk8 -nocrypt -outform DER` does.
enum PKCS8Writer {
    /// What precedes the 32 bytes of an Ed25519 seed.
    private static let ed25519Prefix: [UInt8] =
        DERWriter.header(DERTag.sequence, contentCount: 46) + DERWriter.integer(0) + KeyAlgorithm.der(of: .ed25519)
        + DERWriter.header(DERTag.octetString, contentCount: 34)
        + DERWriter.header(DERTag.octetString, contentCount: 32)

    static func ed25519(seed: RawSpan) throws(NodeKeysError) -> SecretBytes {
        try SecretBytes.joining(ed25519Prefix, seed)
    }

    /// An EC key with its public point; the curve is named in the algorithm alone.
    ///
    /// - Parameter scalar: as long as the curve's order.
    static func ec(_ scheme: KeyScheme, scalar: RawSpan, point: [UInt8]) throws(NodeKeysError) -> SecretBytes {
        let enclosed = DERWriter.element(DERTag.context1, DERWriter.bitString(point))
        let scalarHeader = DERWriter.header(DERTag.octetString, contentCount: scalar.byteCount)
        let fields = DERWriter.integer(1) + scalarHeader
        let header = DERWriter.header(
            DERTag.sequence, contentCount: fields.count + scalar.byteCount + enclosed.count)
        return try wrapping(scheme, header + fields, scalar, enclosed)
    }

    /// An RSA key from its RSAPrivateKey.
    static func rsa(_ rsaPrivateKey: RawSpan) throws(NodeKeysError) -> SecretBytes {
        try wrapping(.rsa2048, [], rsaPrivateKey, [])
    }

    private static func wrapping(
        _ scheme: KeyScheme, _ prefix: [UInt8], _ secret: RawSpan, _ suffix: [UInt8]
    ) throws(NodeKeysError) -> SecretBytes {
        let innerCount = prefix.count + secret.byteCount + suffix.count
        let fields =
            DERWriter.integer(0) + KeyAlgorithm.der(of: scheme)
            + DERWriter.header(DERTag.octetString, contentCount: innerCount)
        let header = DERWriter.header(DERTag.sequence, contentCount: fields.count + innerCount)
        return try SecretBytes.joining(header + fields + prefix, secret, suffix)
    }
}
