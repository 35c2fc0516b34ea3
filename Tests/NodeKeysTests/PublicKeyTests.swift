import NodeKeys
import Testing

/// SubjectPublicKeyInfo that is refused, and why.
@Suite struct PublicKeyTests {
    private func refusal(_ der: [UInt8]) -> NodeKeysError.Code? {
        code { _ = try PublicKey(subjectPublicKeyInfo: der) }
    }

    @Test(arguments: FixedKey.all) func `bytes after it, or too few, are refused`(key: FixedKey) throws {
        let der = bytes(key.publicKey)
        #expect(refusal(der) == nil)
        #expect(refusal(der + [0]) == .malformed)
        for length in der.indices { #expect(refusal(Array(der[..<length])) == .malformed) }
    }

    @Test func `points off the curve, compressed, hybrid and at infinity are refused`() throws {
        let der = bytes(FixedKey.all[2].publicKey)
        var offCurve = der
        offCurve[der.count - 1] ^= 1
        #expect(refusal(offCurve) == .malformed)
        var hybrid = der
        hybrid[26] = 6 + (der[der.count - 1] & 1)
        #expect(refusal(hybrid) == .malformed)
        let algorithm = "301306072a8648ce3d020106082a8648ce3d030107"
        #expect(refusal(bytes("3019" + algorithm + "03020000")) == .malformed)
        let compressed = bytes("3039" + algorithm + "032200") + [2 + (der[der.count - 1] & 1)] + der[27..<59]
        let error = #expect(throws: NodeKeysError.self) { _ = try PublicKey(subjectPublicKeyInfo: compressed) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("compressed") == true)
        // x = 2^256 - 1 is no coordinate at all.
        #expect(refusal(der[..<27] + [UInt8](repeating: 0xff, count: 32) + der[59...]) == .malformed)
    }

    @Test func `explicit parameters, other curves and algorithms are refused`() throws {
        let openssl = try OpenSSLCommand()
        let commands = [
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", "genpkey -algorithm x25519",
            "genpkey -algorithm ed448", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024",
            "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        ]
        for command in commands {
            try openssl.run("\(command) -out key.pem")
            #expect(refusal(try openssl.run("pkey -in key.pem -pubout -outform DER")) == .unsupportedAlgorithm)
        }
    }

    @Test func `a curve's name over another curve's point is refused`() throws {
        let p256 = bytes(FixedKey.all[2].publicKey)
        let secp256k1Header = bytes("3056301006072a8648ce3d020106052b8104000a034200")
        #expect(refusal(secp256k1Header + p256.suffix(65)) == .malformed)
    }

    @Test func `bit strings of part bytes, and private keys, are refused`() throws {
        var der = bytes(FixedKey.all[0].publicKey)
        der[11] = 1
        #expect(refusal(der) == .malformed)
        #expect(refusal(bytes(FixedKey.all[0].pkcs8)) == .malformed)
        #expect(refusal([]) == .malformed)
        #expect(refusal([0x30, 0]) == .malformed)
    }

    @Test func `an Ed25519 key has 32 bytes`() throws {
        let algorithm = bytes("300506032b6570")
        for count in [0, 31, 33, 64] {
            let bits = element(0x03, [UInt8](repeating: 0, count: count + 1))
            #expect(refusal(element(0x30, algorithm, bits)) == .malformed)
        }
    }

    @Test func `an RSA key has NULL parameters, an odd modulus of 2048 bits and an odd exponent`() throws {
        func key(_ modulus: [UInt8], _ exponent: [UInt8], parameters: [UInt8] = [5, 0]) -> [UInt8] {
            let numbers = element(0x30, element(0x02, modulus), element(0x02, exponent))
            let algorithm = element(0x30, bytes("06092a864886f70d010101"), parameters)
            return element(0x30, algorithm, element(0x03, [0], numbers))
        }
        let modulus = [0] + [UInt8](repeating: 0xff, count: 256)
        #expect(refusal(key(modulus, [1, 0, 1])) == nil)
        #expect(refusal(key(modulus, [1, 0, 1], parameters: [])) == .malformed)
        #expect(refusal(key(modulus, [1, 0, 1], parameters: [5, 1, 0])) == .malformed)
        #expect(refusal(key(modulus.dropLast() + [0xfe], [1, 0, 1])) == .malformed)
        #expect(refusal(key(modulus, [1, 0, 0])) == .malformed)
        #expect(refusal(key(modulus, [1])) == .malformed)
        #expect(refusal(key(modulus, [0])) == .malformed)
        #expect(refusal(key(modulus, [1, 0, 0, 0, 0, 0, 0, 0, 1])) == .malformed)
        #expect(refusal(key([0x7f] + modulus.dropFirst(2), [1, 0, 1])) == .unsupportedAlgorithm)
        #expect(refusal(key([1] + modulus.dropFirst(), [1, 0, 1])) == .unsupportedAlgorithm)
        #expect(refusal(key([0], [1, 0, 1])) == .unsupportedAlgorithm)
    }

    @Test func `a signature by another scheme's key does not verify`() throws {
        let p256 = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.ecP256))
        let secp256k1 = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.ecSecp256k1))
        let ed25519 = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.ed25519))
        let signature = try p256.sign([1, 2, 3])
        #expect(try !secp256k1.publicKey.isValid(signature: signature, for: [1, 2, 3]))
        #expect(try !ed25519.publicKey.isValid(signature: signature, for: [1, 2, 3]))
        #expect(try !p256.publicKey.isValid(signature: ed25519.sign([1, 2, 3]), for: [1, 2, 3]))
    }
}
