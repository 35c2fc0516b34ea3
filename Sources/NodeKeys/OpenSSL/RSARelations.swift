import COpenSSL

extension RSAPrivateKeyInfo {
    /// The public numbers, once all eight are known to belong together (RFC 8017 section 3.2).
    ///
    /// n = p·q with p and q odd, e·dP ≡ 1 (mod p - 1), dP = d mod (p - 1), the same for q, and q·qInv ≡ 1 (mod p). That
    /// p and q are prime is not tested: it would cost more than all else that is done with a key.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed`, or `.unsupportedAlgorithm` for another size than 2048 bits.
    func checkedPublicNumbers(in bytes: RawSpan) throws(NodeKeysError) -> RSAPublicNumbers {
        let publicNumbers = try RSAPublicNumbers(
            modulus: bytes.publicBytes(in: modulus), exponent: bytes.publicBytes(in: publicExponent))
        let scratch = try SecretScratch()
        let n = try SecretNumber.read(bytes, modulus)
        let p = try SecretNumber.read(bytes, prime1)
        let q = try SecretNumber.read(bytes, prime2)
        let product = try SecretNumber()
        guard BN_mul(product.pointer, p.pointer, q.pointer, scratch.pointer) == 1 else { throw .openSSL("RSA numbers") }
        guard BN_cmp(product.pointer, n.pointer) == 0, BN_is_odd(p.pointer) == 1, BN_is_odd(q.pointer) == 1,
            BN_is_one(p.pointer) == 0, BN_is_one(q.pointer) == 0
        else { throw Self.unrelated }
        try checkExponents(bytes, prime: p, exponent1, scratch)
        try checkExponents(bytes, prime: q, exponent2, scratch)
        let inverse = try SecretNumber.read(bytes, coefficient)
        guard BN_cmp(inverse.pointer, p.pointer) < 0,
            try Self.productIsOne(q, inverse, modulo: p, scratch)
        else { throw Self.unrelated }
        return publicNumbers
    }

    private func checkExponents(
        _ bytes: RawSpan, prime: borrowing SecretNumber, _ range: Range<Int>, _ scratch: borrowing SecretScratch
    ) throws(NodeKeysError) {
        let e = try SecretNumber.read(bytes, publicExponent)
        let d = try SecretNumber.read(bytes, privateExponent)
        let reduced = try SecretNumber.read(bytes, range)
        let less = try SecretNumber()
        let remainder = try SecretNumber()
        guard BN_sub(less.pointer, prime.pointer, BN_value_one()) == 1,
            BN_nnmod(remainder.pointer, d.pointer, less.pointer, scratch.pointer) == 1
        else { throw .openSSL("RSA numbers") }
        guard BN_cmp(remainder.pointer, reduced.pointer) == 0,
            try Self.productIsOne(e, reduced, modulo: less, scratch)
        else { throw Self.unrelated }
    }

    private static func productIsOne(
        _ left: borrowing SecretNumber, _ right: borrowing SecretNumber, modulo: borrowing SecretNumber,
        _ scratch: borrowing SecretScratch
    ) throws(NodeKeysError) -> Bool {
        let result = try SecretNumber()
        guard BN_mod_mul(result.pointer, left.pointer, right.pointer, modulo.pointer, scratch.pointer) == 1 else {
            throw .openSSL("RSA numbers")
        }
        return BN_is_one(result.pointer) == 1
    }

    private static var unrelated: NodeKeysError {
        .malformed("the numbers of the RSA key do not belong together; the file is damaged")
    }
}
