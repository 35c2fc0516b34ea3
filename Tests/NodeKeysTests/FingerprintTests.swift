import NodeKeys
import SecretMemory
import Testing

@Suite struct FingerprintTests {
    @Test(arguments: FixedKey.all)
    func `a fixed private key has its public key and fingerprint`(key: FixedKey) throws {
        let pkcs8 = try secret(bytes(key.pkcs8))
        let derived = try PublicKey(ofPKCS8: pkcs8)
        #expect(derived.scheme == key.scheme)
        #expect(hex(derived.subjectPublicKeyInfo) == key.publicKey)
        #expect(derived.keyID.description == key.keyID)
        #expect(try PrivateKeyHandle(pkcs8: pkcs8).publicKey == derived)
        #expect(try PublicKey(subjectPublicKeyInfo: bytes(key.publicKey)) == derived)
    }

    @Test(arguments: KeyScheme.allCases)
    func `OpenSSL computes the same fingerprint`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let pkcs8 = try openssl.generate(scheme)
        let publicKey = try openssl.run("pkey -in key.pem -pubout -outform DER")
        // Ed25519's SubjectPublicKeyInfo is 12 bytes and the key.
        let hashed = scheme == .ed25519 ? Array(publicKey.suffix(32)) : publicKey
        try openssl.write("hashed", [0, 0, 0, 12] + hashed)
        let digest = try openssl.run("dgst -sha256 -binary hashed")
        let derived = try handle(pkcs8).publicKey
        #expect(derived.subjectPublicKeyInfo == publicKey)
        #expect(derived.keyID.description == "1220" + hex(digest))
    }

    @Test func `public keys are equal when their bytes are`() throws {
        let first = try handle(bytes(FixedKey.all[0].pkcs8)).publicKey
        let same = try PublicKey(subjectPublicKeyInfo: first.subjectPublicKeyInfo)
        let second = try handle(bytes(FixedKey.all[1].pkcs8)).publicKey
        #expect(first == same && first.hashValue == same.hashValue)
        #expect(first != second)
    }
}
