/// Where the parts of an ECPrivateKey lie (RFC 5915, SEC 1 appendix C.4).
struct ECPrivateKeyInfo {
    let scheme: KeyScheme
    /// Big-endian. As long as the curve's order; shorter where an older Java wrote it without leading zeros.
    let scalar: Range<Int>
    /// The point, uncompressed or compressed.
    let enclosedPublicKey: Range<Int>?

    /// - Parameter curveOfAlgorithm: what the PKCS#8 around it says; nil for a SEC1 file, which must name its curve.
    init(_ bytes: RawSpan, _ range: Range<Int>, curveOfAlgorithm: KeyScheme?) throws(NodeKeysError) {
        var outer = DERReader(range, of: "EC private key")
        var fields = try outer.nested(DERTag.sequence, in: bytes)
        try outer.finish()
        guard try fields.smallInteger(in: bytes) == 1 else { throw .malformed("an EC private key has version 1") }
        scalar = try fields.next(DERTag.octetString, in: bytes)
        var curve = curveOfAlgorithm
        if fields.peek(in: bytes) == DERTag.context0 {
            var parameters = try fields.nested(DERTag.context0, in: bytes)
            let named = try KeyAlgorithm.readCurve(&parameters, in: bytes)
            try parameters.finish()
            guard curve == nil || curve == named else {
                throw .malformed("the EC private key names the curve of \(named) inside an algorithm for another")
            }
            curve = named
        }
        guard let curve else { throw .malformed("the EC private key does not name its curve") }
        scheme = curve
        if fields.peek(in: bytes) == DERTag.context1 {
            var enclosed = try fields.nested(DERTag.context1, in: bytes)
            enclosedPublicKey = try enclosed.bits(in: bytes)
            try enclosed.finish()
        } else {
            enclosedPublicKey = nil
        }
        try fields.finish()
    }
}
