import NodeKeys
import Testing

@Suite struct ExportTests {
    @Test(arguments: KeyScheme.allCases)
    func `OpenSSL opens what is exported encrypted, with its passphrase only`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let pkcs8 = try PrivateKeyGenerator.generate(scheme)
        let text = try PrivateKeyExporter.encryptedPEM(pkcs8, passphrase: secret("päss wörd"))
        try openssl.write("key.pem", text)
        try openssl.write("passphrase", "päss wörd\n")
        try openssl.write("wrong", "pass word\n")
        let open = "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -passin file:"
        #expect(try openssl.run(open + "passphrase") == exposed(pkcs8))
        #expect(!openssl.succeeds(open + "wrong"))
        #expect(try imported(text, passphrase: "päss wörd").pkcs8 == exposed(pkcs8))
        #expect(refusal(text, passphrase: "pass word") == .wrongPassphrase)
    }

    @Test func `two exports of one key share nothing`() throws {
        let pkcs8 = try PrivateKeyGenerator.generate(.ed25519)
        let first = try PrivateKeyExporter.encryptedPEM(pkcs8, passphrase: secret("p"))
        #expect(try PrivateKeyExporter.encryptedPEM(pkcs8, passphrase: secret("p")) != first)
    }

    @Test func `an empty passphrase is refused`() throws {
        let pkcs8 = try PrivateKeyGenerator.generate(.ed25519)
        #expect(
            code { _ = try PrivateKeyExporter.encryptedPEM(pkcs8, passphrase: secret("")) } == .passphraseNeeded)
    }

    @Test(arguments: KeyScheme.allCases) func `clear text is byte for byte OpenSSL's`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let der = try openssl.generate(scheme)
        let text = exposed(try PrivateKeyExporter.insecureClearPEM(secret(der)))
        #expect(text == (try openssl.run("pkcs8 -topk8 -nocrypt -in key.pem")))
        #expect(try imported(text).pkcs8 == der)
    }
}
