import NodeKeys
import Testing

/// Every form in which OpenSSL's command writes private keys.
@Suite struct ImportFormsTests {
    @Test(arguments: KeyScheme.allCases)
    func `PKCS#8 in PEM and DER is kept byte for byte`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let der = try openssl.generate(scheme)
        let text = try openssl.run("pkcs8 -topk8 -nocrypt -in key.pem")
        let fromDER = try imported(der)
        #expect(fromDER.pkcs8 == der)
        #expect(try imported(text).pkcs8 == der)
        #expect(try imported(text).publicKey == fromDER.publicKey)
        #expect(try handle(der).publicKey == fromDER.publicKey)
        #expect(fromDER.publicKey.scheme == scheme)
    }

    @Test(arguments: [KeyScheme.ecP256, .ecP384, .ecSecp256k1])
    func `SEC1 becomes the PKCS#8 that OpenSSL makes of it`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let pkcs8 = try openssl.generate(scheme)
        let text = try openssl.run("ec -in key.pem")
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("-----BEGIN EC PRIVATE KEY-----"))
        #expect(try imported(text).pkcs8 == pkcs8)
        #expect(try imported(openssl.run("ec -in key.pem -outform DER")).pkcs8 == pkcs8)
        // Without the public key, and with it compressed.
        #expect(try imported(openssl.run("ec -in key.pem -no_public -outform DER")).pkcs8 == pkcs8)
        #expect(try imported(openssl.run("ec -in key.pem -conv_form compressed -outform DER")).pkcs8 == pkcs8)
    }

    @Test func `a block of EC PARAMETERS before the key is passed over`() throws {
        let openssl = try OpenSSLCommand()
        let text = try openssl.run("ecparam -name prime256v1 -genkey")
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("-----BEGIN EC PARAMETERS-----"))
        try openssl.write("key.pem", text)
        #expect(try imported(text).pkcs8 == openssl.run("pkcs8 -topk8 -nocrypt -in key.pem -outform DER"))
    }

    @Test func `PKCS#1 becomes the PKCS#8 that OpenSSL makes of it`() throws {
        let openssl = try OpenSSLCommand()
        let pkcs8 = try openssl.generate(.rsa2048)
        let text = try openssl.run("rsa -in key.pem -traditional")
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("-----BEGIN RSA PRIVATE KEY-----"))
        #expect(try imported(text).pkcs8 == pkcs8)
        #expect(try imported(openssl.run("rsa -in key.pem -traditional -outform DER")).pkcs8 == pkcs8)
    }

    @Test(arguments: [
        "-v2 aes-128-cbc", "-v2 aes-192-cbc", "-v2 aes-256-cbc", "-v2 aes-256-cbc -v2prf hmacWithSHA1",
        "-v2 aes-256-cbc -v2prf hmacWithSHA384", "-v2 aes-128-cbc -v2prf hmacWithSHA512", "-scrypt",
        "-scrypt -scrypt_N 1024 -scrypt_r 4 -scrypt_p 3",
        "-v2 aes-192-cbc -scrypt -scrypt_N 2048 -scrypt_r 8 -scrypt_p 1",
        "-v2 aes-256-cbc -iter 1",
    ])
    func `encrypted PKCS#8 opens with its passphrase only`(options: String) throws {
        let openssl = try OpenSSLCommand()
        let der = try openssl.generate(.ecP256)
        for form in ["PEM", "DER"] {
            let file = try openssl.run("pkcs8 -topk8 -in key.pem -outform \(form) \(options) -passout pass:correct")
            #expect(try imported(file, passphrase: "correct").pkcs8 == der)
            #expect(try PrivateKeyImporter.needsPassphrase(secret(file)))
            #expect(refusal(file, passphrase: "Correct") == .wrongPassphrase)
            #expect(refusal(file, passphrase: "") == .wrongPassphrase)
            #expect(refusal(file) == .passphraseNeeded)
        }
    }

    @Test(arguments: KeyScheme.allCases)
    func `keys of every scheme come out of encrypted files`(scheme: KeyScheme) throws {
        let openssl = try OpenSSLCommand()
        let der = try openssl.generate(scheme)
        let file = try openssl.run("pkcs8 -topk8 -in key.pem -iter 10 -passout pass:p")
        #expect(try imported(file, passphrase: "p").pkcs8 == der)
    }

    @Test func `a clear key needs no passphrase and ignores one`() throws {
        let file = Array(pem("PRIVATE KEY", bytes(FixedKey.all[0].pkcs8)).utf8)
        #expect(try !PrivateKeyImporter.needsPassphrase(secret(file)))
        #expect(try imported(file, passphrase: "x").pkcs8 == bytes(FixedKey.all[0].pkcs8))
    }

    @Test func `PEM is read with other line lengths, line ends, and text before it`() throws {
        let der = bytes(FixedKey.all[2].pkcs8)
        let text = pem("PRIVATE KEY", der)
        let lines = text.split(separator: "\n")
        let joined = lines[1...3].joined()
        let forms = [
            text.replacing("\n", with: "\r\n"), String(text.dropLast()), text + "\n\n  \n",
            "Bag Attributes\n    friendlyName: node\n" + text, "\n" + text, lines.joined(separator: " \t\n"),
            "\(lines[0])\n\(joined)\n\(lines[4])",
            "\(lines[0])\n\n\(joined.prefix(5))\n\(joined.dropFirst(5))\n\(lines[4])",
        ]
        for form in forms { #expect(try imported(Array(form.utf8)).pkcs8 == der) }
    }

    /// Java's older releases wrote the private number without leading zeros.
    @Test func `a private number shorter than its curve's order is read`() throws {
        let short = bytes("3012020101040102a00a06082a8648ce3d030107")
        let full = bytes("30310201010420" + String(repeating: "00", count: 31) + "02" + "a00a06082a8648ce3d030107")
        #expect(try imported(short).pkcs8 == imported(full).pkcs8)
    }
}
