import NodeKeys
import Testing

/// RFC 5958's second version, which encloses the public key; the examples are RFC 8410 section 10.
@Suite struct PKCS8Version2Tests {
    private static let version1 = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
    private static let version2 =
        "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCoB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hh"
        + "aXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    private static let publicKey = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="

    @Test func `RFC 8410's examples are read and kept byte for byte`() throws {
        for text in [Self.version1, Self.version2] {
            let der = try base64(text)
            for file in [der, Array(pem("PRIVATE KEY", der).utf8)] {
                let key = try imported(file)
                #expect(key.pkcs8 == der)
                #expect(try key.publicKey.subjectPublicKeyInfo == base64(Self.publicKey))
            }
            #expect(try handle(der).publicKey.subjectPublicKeyInfo == base64(Self.publicKey))
        }
    }

    @Test func `both versions of a key sign alike`() throws {
        let first = try handle(base64(Self.version1))
        let second = try handle(base64(Self.version2))
        #expect(try first.sign([1, 2, 3]) == second.sign([1, 2, 3]))
    }

    @Test func `an enclosed public key of another key is refused`() throws {
        var der = try base64(Self.version2)
        der[der.count - 1] ^= 1
        #expect(refusal(der) == .publicKeyMismatch)
        #expect(code { _ = try handle(der) } == .publicKeyMismatch)
    }

    @Test(arguments: [KeyScheme.ecP256, .rsa2048])
    func `version 2 of EC and RSA keys is read, and its public key compared`(scheme: KeyScheme) throws {
        let version1 = exposed(try PrivateKeyGenerator.generate(scheme))
        let mine = try handle(version1).publicKey
        let other = try PublicKey(ofPKCS8: PrivateKeyGenerator.generate(scheme))
        let der = encodingVersion2(version1, mine)
        #expect(try imported(der).pkcs8 == der)
        #expect(try imported(der).publicKey == mine)
        #expect(refusal(encodingVersion2(version1, other)) == .publicKeyMismatch)
    }

    @Test func `version and public key must go together`() throws {
        var der = try base64(Self.version2)
        der[4] = 0
        #expect(refusal(der) == .malformed)
        var plain = try base64(Self.version1)
        plain[4] = 1
        #expect(refusal(plain) == .malformed)
        plain[4] = 2
        #expect(refusal(plain) == .malformed)
    }

    @Test func `a public key enclosed in an EC private key must be its own`() throws {
        let openssl = try OpenSSLCommand()
        let pkcs8 = try openssl.generate(.ecP256)
        let other = try openssl.generate(.ecP256)
        let mixed = pkcs8.dropLast(64) + other.suffix(64)
        #expect(refusal(Array(mixed)) == .publicKeyMismatch)
        #expect(code { _ = try handle(Array(mixed)) } == .publicKeyMismatch)
        try openssl.write("key.der", pkcs8)
        var sec1 = try openssl.run("ec -inform DER -in key.der -outform DER")
        sec1[sec1.count - 1] ^= 1
        #expect(refusal(sec1) == .publicKeyMismatch)
        var compressed = try openssl.run("ec -inform DER -in key.der -conv_form compressed -outform DER")
        compressed[compressed.count - 33] ^= 1
        #expect(refusal(compressed) == .publicKeyMismatch)
    }

    /// Makes version 2 of version 1: the version, and `[1]` after what is there.
    private func encodingVersion2(_ version1: [UInt8], _ publicKey: PublicKey) -> [UInt8] {
        let header = version1[1] < 0x80 ? 2 : Int(version1[1] & 0x7f) + 2
        var content = Array(version1[header...])
        content[2] = 1
        // The bit string's bytes: after 26 bytes of a P-256 SubjectPublicKeyInfo, after 24 of an RSA one.
        let bits = Array(publicKey.subjectPublicKeyInfo.dropFirst(publicKey.scheme == .ecP256 ? 26 : 24))
        return element(0x30, content + element(0x81, [0] + bits))
    }
}
