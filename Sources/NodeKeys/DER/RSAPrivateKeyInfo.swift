/// Where the numbers of an RSAPrivateKey lie (RFC 8017 appendix A.1.2), each a big-endian magnitude.
struct RSAPrivateKeyInfo {
    let modulus: Range<Int>
    let publicExponent: Range<Int>
    let privateExponent: Range<Int>
    let prime1: Range<Int>
    let prime2: Range<Int>
    let exponent1: Range<Int>
    let exponent2: Range<Int>
    let coefficient: Range<Int>
    /// All of the RSAPrivateKey.
    let whole: Range<Int>

    /// The numbers in their order, and beside it the names that OpenSSL's parameters have.
    var numbers: [Range<Int>] {
        [modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient]
    }
    static let parameterNames: [StaticString] = [
        "n", "e", "d", "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1",
    ]

    init(_ bytes: RawSpan, _ range: Range<Int>) throws(NodeKeysError) {
        var outer = DERReader(range, of: "RSA private key")
        var fields = try outer.nested(DERTag.sequence, in: bytes)
        try outer.finish()
        whole = range
        guard try fields.smallInteger(in: bytes) == 0 else {
            throw .unsupported("an RSA key of a version other than 0: of more than two primes")
        }
        modulus = try fields.magnitude(in: bytes)
        publicExponent = try fields.magnitude(in: bytes)
        privateExponent = try fields.magnitude(in: bytes)
        prime1 = try fields.magnitude(in: bytes)
        prime2 = try fields.magnitude(in: bytes)
        exponent1 = try fields.magnitude(in: bytes)
        exponent2 = try fields.magnitude(in: bytes)
        coefficient = try fields.magnitude(in: bytes)
        try fields.finish()
    }
}
