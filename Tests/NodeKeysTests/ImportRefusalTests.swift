import Foundation
import NodeKeys
import Testing

/// Files that are no private key of ours: each refused with a message that says what was found.
@Suite struct ImportRefusalTests {
    private let ed25519 = bytes(FixedKey.all[0].pkcs8)
    private let p256 = bytes(FixedKey.all[2].pkcs8)

    @Test func `empty and oversized files are refused`() throws {
        #expect(refusal([]) == .malformed)
        #expect(refusal([UInt8](repeating: 0x30, count: 16 << 10)) == .malformed)
        #expect(refusal([UInt8](repeating: 0x30, count: (16 << 10) + 1)) == .tooLarge)
    }

    @Test func `what is no key is refused`() throws {
        #expect(refusal("hello") == .malformed)
        #expect(refusal([0]) == .malformed)
        #expect(refusal([0x30, 0]) == .malformed)
        #expect(refusal([0x30]) == .malformed)
        #expect(refusal(bytes(FixedKey.all[0].publicKey)) == .malformed)
        #expect(refusal(pem("PUBLIC KEY", bytes(FixedKey.all[0].publicKey))) == .malformed)
        #expect(refusal(pem("CERTIFICATE", ed25519)) == .malformed)
    }

    @Test func `bytes after the key are refused`() throws {
        #expect(refusal(ed25519 + [0]) == .malformed)
        #expect(refusal(ed25519 + [0x0a]) == .malformed)
        #expect(refusal(pem("PRIVATE KEY", ed25519 + [0])) == .malformed)
        #expect(refusal(pem("PRIVATE KEY", ed25519) + "more") == .malformed)
        #expect(refusalMessage(ed25519 + [0])?.contains("1 bytes too many") == true)
    }

    @Test func `several keys, or a certificate beside the key, are refused by name`() throws {
        let key = pem("PRIVATE KEY", ed25519)
        #expect(refusal(key + key) == .malformed)
        #expect(refusal(key + pem("CERTIFICATE", p256)) == .malformed)
        #expect(refusal(pem("EC PARAMETERS", [6, 0]) + key + key) == .malformed)
        #expect(refusalMessage(Array((key + pem("CERTIFICATE", p256)).utf8))?.contains("CERTIFICATE") == true)
    }

    @Test(arguments: [
        ("genpkey -algorithm ed448", "1.3.101.113"), ("genpkey -algorithm x25519", "1.3.101.110"),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", "1.3.132.0.35"),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "brainpoolP256r1"),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "explicit"),
        ("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024", "1024 bits"),
        ("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072", "3072 bits"),
        ("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "rsassaPss"),
        ("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3", "two primes"),
    ])
    func `other algorithms, curves and sizes are refused by name`(command: String, name: String) throws {
        let openssl = try OpenSSLCommand()
        try openssl.run("\(command) -out key.pem")
        let files = [
            try openssl.run("pkcs8 -topk8 -nocrypt -in key.pem"),
            try openssl.run("pkcs8 -topk8 -nocrypt -in key.pem -outform DER"),
        ]
        for file in files {
            #expect(refusal(file) == .unsupportedAlgorithm)
            let message = try #require(refusalMessage(file))
            #expect(message.contains(name))
            #expect(message.contains("ed25519, ec-p256, ec-p384, ec-secp256k1, rsa-2048"))
        }
        #expect(code { _ = try handle(files[1]) } == .unsupportedAlgorithm)
    }

    @Test func `SEC1 with explicit parameters or of another curve is refused`() throws {
        let openssl = try OpenSSLCommand()
        let explicit = try openssl.run("ecparam -name prime256v1 -genkey -noout -param_enc explicit")
        #expect(refusal(explicit) == .unsupportedAlgorithm)
        let other = try openssl.run("ecparam -name secp521r1 -genkey -noout")
        #expect(refusal(other) == .unsupportedAlgorithm)
        // No curve named at all.
        #expect(refusal(bytes("30250201010420" + String(repeating: "01", count: 32))) == .malformed)
    }

    @Test func `a curve inside that contradicts the one outside is refused`() throws {
        let inner = bytes("30310201010420" + String(repeating: "01", count: 32) + "a00a06082a8648ce3d030107")
        let p256Algorithm = bytes("301306072a8648ce3d020106082a8648ce3d030107")
        let secp256k1Algorithm = bytes("301006072a8648ce3d020106052b8104000a")
        func pkcs8(_ algorithm: [UInt8]) -> [UInt8] { element(0x30, [2, 1, 0], algorithm, element(0x04, inner)) }
        #expect(refusal(pkcs8(p256Algorithm)) == nil)
        #expect(refusal(pkcs8(secp256k1Algorithm)) == .malformed)
    }

    @Test func `legacy encrypted PEM is refused with the way out`() throws {
        let openssl = try OpenSSLCommand()
        _ = try openssl.generate(.rsa2048)
        let file = try openssl.run("rsa -in key.pem -traditional -aes128 -passout pass:p")
        #expect(refusal(file) == .unsupportedAlgorithm)
        #expect(refusal(file, passphrase: "p") == .unsupportedAlgorithm)
        #expect(refusalMessage(file)?.contains("openssl pkcs8 -topk8") == true)
    }

    @Test(arguments: [
        ("-v1 PBE-SHA1-3DES", "3-key"), ("-v2 des3", "des-ede3-cbc"), ("-v2 camellia-256-cbc", "camellia"),
    ])
    func `other encryptions are refused by name`(options: String, name: String) throws {
        let openssl = try OpenSSLCommand()
        _ = try openssl.generate(.ed25519)
        let file = try openssl.run("pkcs8 -topk8 -in key.pem \(options) -passout pass:p")
        #expect(refusal(file, passphrase: "p") == .unsupportedAlgorithm)
        let error = #expect(throws: NodeKeysError.self) { _ = try imported(file, passphrase: "p") }
        #expect(error?.message.lowercased().contains(name) == true)
    }

    @Test func `OpenSSH's form and other labels are refused`() throws {
        #expect(refusal(pem("OPENSSH PRIVATE KEY", [1, 2, 3])) == .unsupportedAlgorithm)
        #expect(refusal(pem("DSA PRIVATE KEY", [1, 2, 3])) == .unsupportedAlgorithm)
        // A sound key under the wrong label.
        #expect(refusal(pem("EC PRIVATE KEY", p256)) == .malformed)
        #expect(refusal(pem("RSA PRIVATE KEY", p256)) == .malformed)
        #expect(refusal(pem("ENCRYPTED PRIVATE KEY", p256)) == .passphraseNeeded)
        #expect(refusal(Array(pem("ENCRYPTED PRIVATE KEY", p256).utf8), passphrase: "p") == .malformed)
    }
}
