import NodeKeys
import Testing

/// What we make, OpenSSL's command uses, and the other way round.
@Suite struct OpenSSLDifferentialTests {
    private static let signingSchemes = KeyScheme.allCases.filter { $0.allows(.signing) }

    @Test(arguments: KeyScheme.allCases)
    func `a generated key is byte for byte what OpenSSL writes, and sound`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let pkcs8 = exposed(try PrivateKeyGenerator.generate(scheme))
        try openssl.write("key.der", pkcs8)
        #expect(try openssl.run("pkcs8 -topk8 -nocrypt -inform DER -in key.der -outform DER") == pkcs8)
        #expect(openssl.succeeds("pkey -inform DER -in key.der -check -noout"))
        #expect(try PublicKey(ofPKCS8: secret(pkcs8)).scheme == scheme)
    }

    @Test(arguments: KeyScheme.allCases) func `no two generated keys are the same`(scheme: KeyScheme) throws {
        let first = try PublicKey(ofPKCS8: PrivateKeyGenerator.generate(scheme))
        let second = try PublicKey(ofPKCS8: PrivateKeyGenerator.generate(scheme))
        #expect(first != second)
    }

    @Test(arguments: signingSchemes) func `OpenSSL verifies our signatures`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let handle = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(scheme))
        try openssl.write("public.pem", handle.publicKey.pem)
        for size in [0, 1, 31, 64, 5000] {
            // OpenSSL's command refuses an empty file for Ed25519.
            guard size > 0 || scheme != .ed25519 else { continue }
            let message = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            try openssl.write("message", message)
            try openssl.write("signature", handle.sign(message))
            #expect(openssl.succeeds(verify(scheme)))
            try openssl.write("message", message + [1])
            #expect(!openssl.succeeds(verify(scheme)))
        }
    }

    @Test(arguments: signingSchemes) func `we verify OpenSSL's signatures`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let handle = try handle(openssl.generate(scheme))
        let message = Array("a transaction".utf8)
        try openssl.write("message", message)
        let signature = try openssl.run(sign(scheme))
        #expect(try handle.publicKey.isValid(signature: signature, for: message))
        #expect(try !handle.publicKey.isValid(signature: signature, for: message.reversed()))
    }

    @Test(arguments: KeyScheme.allCases)
    func `OpenSSL reads our public keys and writes them the same`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let publicKey = try PublicKey(ofPKCS8: PrivateKeyGenerator.generate(scheme))
        try openssl.write("public.pem", publicKey.pem)
        #expect(try openssl.run("pkey -pubin -in public.pem -pubout") == Array(publicKey.pem.utf8))
        #expect(try openssl.run("pkey -pubin -in public.pem -pubout -outform DER") == publicKey.subjectPublicKeyInfo)
    }

    @Test func `what OpenSSL encrypts to an RSA key with OAEP and SHA-256 is decrypted`() throws {
        let openssl = try OpenSSLCommand()
        let handle = try handle(openssl.generate(.rsa2048))
        try openssl.write("public.pem", handle.publicKey.pem)
        let oaep = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256"
        for size in [0, 1, 32, 190] {
            let plaintext = (0..<size).map { UInt8(truncatingIfNeeded: 255 - $0) }
            try openssl.write("plaintext", plaintext)
            let ciphertext = try openssl.run("pkeyutl -encrypt -pubin -inkey public.pem -in plaintext \(oaep)")
            #expect(try exposed(handle.decrypt(ciphertext)) == plaintext)
        }
    }

    @Test func `other paddings, keys and lengths are refused in the same words`() throws {
        let openssl = try OpenSSLCommand()
        let handle = try handle(openssl.generate(.rsa2048))
        try openssl.write("public.pem", handle.publicKey.pem)
        try openssl.write("plaintext", [1, 2, 3])
        let encrypt = "pkeyutl -encrypt -pubin -inkey public.pem -in plaintext -pkeyopt rsa_padding_mode:"
        let good = try openssl.run(encrypt + "oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256")
        var damaged = good
        damaged[100] ^= 1
        let wrong = [
            try openssl.run(encrypt + "oaep"), try openssl.run(encrypt + "pkcs1"), damaged,
            try openssl.run(encrypt + "oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha1"),
            [UInt8](repeating: 0xff, count: 256),
        ]
        let messages = Set(
            wrong.map { ciphertext in
                let error = #expect(throws: NodeKeysError.self) { _ = try handle.decrypt(ciphertext) }
                #expect(error?.code == .decryptionFailed)
                return error?.description
            })
        #expect(messages.count == 1)
        #expect(code { _ = try handle.decrypt(good.dropLast()) } == .decryptionFailed)
        #expect(code { _ = try handle.decrypt([]) } == .decryptionFailed)
        let other = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.rsa2048))
        #expect(code { _ = try other.decrypt(good) } == .decryptionFailed)
        let signer = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.ed25519))
        #expect(code { _ = try signer.decrypt(good) } == .purposeNotAllowed)
    }

    @Test func `a shared secret is the one that OpenSSL derives`() throws {
        let openssl = try OpenSSLCommand()
        let theirs = try handle(openssl.generate(.ecP256))
        let ours = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.ecP256))
        try openssl.write("peer.pem", ours.publicKey.pem)
        let derived = try openssl.run("pkeyutl -derive -inkey key.pem -peerkey peer.pem")
        #expect(derived.count == 32)
        #expect(try exposed(ours.deriveSharedSecret(with: theirs.publicKey)) == derived)
        #expect(try exposed(theirs.deriveSharedSecret(with: ours.publicKey)) == derived)
        #expect(try exposed(ours.deriveSharedSecret(with: ours.publicKey)) != derived)
    }

    @Test func `shared secrets are between P-256 keys only`() throws {
        let p256 = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.ecP256))
        for scheme in KeyScheme.allCases where scheme != .ecP256 {
            let other = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(scheme))
            #expect(code { _ = try p256.deriveSharedSecret(with: other.publicKey) } == .purposeNotAllowed)
            #expect(code { _ = try other.deriveSharedSecret(with: p256.publicKey) } == .purposeNotAllowed)
        }
    }

    private func verify(_ scheme: KeyScheme) -> String {
        let key = "-inkey public.pem -pubin -in message -sigfile signature"
        return scheme == .ed25519
            ? "pkeyutl -verify -rawin \(key)"
            : "dgst -\(scheme == .ecP384 ? "sha384" : "sha256") -verify public.pem -signature signature message"
    }

    private func sign(_ scheme: KeyScheme) -> String {
        scheme == .ed25519
            ? "pkeyutl -sign -rawin -inkey key.pem -in message"
            : "dgst -\(scheme == .ecP384 ? "sha384" : "sha256") -sign key.pem message"
    }
}
