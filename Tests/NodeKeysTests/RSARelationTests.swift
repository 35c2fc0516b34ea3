import NodeKeys
import Testing

/// RSA keys put together from the numbers of several: every relation is checked.
@Suite struct RSARelationTests {
    /// A new key's nine integers, as DER elements.
    private func freshNumbers() throws -> [[UInt8]] {
        let pkcs8 = exposed(try PrivateKeyGenerator.generate(.rsa2048))
        return rsaNumbers(pkcs8.span.bytes).map { Array(pkcs8[$0]) }
    }

    private func pkcs1(_ numbers: [[UInt8]]) -> [UInt8] {
        let content = numbers.flatMap { $0 }
        return [0x30, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
    }

    @Test func `each number of another key in place of its own is refused`() throws {
        let first = try freshNumbers()
        let second = try freshNumbers()
        #expect(first.count == 9)
        #expect(refusal(pkcs1(first)) == nil)
        for index in [1, 3, 4, 5, 6, 7, 8] {
            var mixed = first
            mixed[index] = second[index]
            #expect(refusal(pkcs1(mixed)) == .malformed)
        }
    }

    @Test func `other public exponents than the private one's are refused`() throws {
        var changed = try freshNumbers()
        for exponent in ["0203010003", "020103", "020101", "020102", "020100", "02030100ff", "0209010000000000000001"] {
            changed[2] = bytes(exponent)
            #expect(refusal(pkcs1(changed)) == .malformed)
        }
    }

    @Test func `primes in the other order need their own coefficient`() throws {
        var swapped = try freshNumbers()
        swapped.swapAt(4, 5)
        swapped.swapAt(6, 7)
        #expect(refusal(pkcs1(swapped)) == .malformed)
    }

    @Test func `one prime and the modulus itself are refused`() throws {
        var trivial = try freshNumbers()
        trivial[4] = trivial[1]
        trivial[5] = [2, 1, 1]
        #expect(refusal(pkcs1(trivial)) == .malformed)
        trivial[5] = [2, 1, 0]
        #expect(refusal(pkcs1(trivial)) == .malformed)
    }

    @Test func `another public exponent is fine when the key was made for it`() throws {
        let openssl = try OpenSSLCommand()
        try openssl.run("\(KeyScheme.rsa2048.genpkey) -pkeyopt rsa_keygen_pubexp:3 -out key.pem")
        let pkcs8 = try openssl.run("pkcs8 -topk8 -nocrypt -in key.pem -outform DER")
        let publicKey = try openssl.run("pkey -in key.pem -pubout -outform DER")
        #expect(try imported(pkcs8).publicKey.subjectPublicKeyInfo == publicKey)
    }
}
