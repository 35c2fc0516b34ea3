import NodeKeys
import Testing

/// Files changed or cut at every byte: never a crash, and never accepted as the key that they were.
@Suite struct MutationTests {
    private static let patterns: [UInt8] = [0x01, 0x20, 0x80, 0xff]

    @Test(arguments: [FixedKey.all[2], FixedKey.all[4]])
    func `an EC key with its public key is refused after any change`(key: FixedKey) throws {
        let der = bytes(key.pkcs8)
        for changed in Self.changes(of: der) { #expect(refusal(changed) != nil, "\(hex(changed))") }
    }

    @Test func `an RSA key is refused after any change`() throws {
        let der = exposed(try PrivateKeyGenerator.generate(.rsa2048))
        for changed in Self.changes(of: der) { #expect(refusal(changed) != nil, "\(hex(changed))") }
    }

    @Test func `an Ed25519 key is refused or becomes another key after any change`() throws {
        let der = bytes(FixedKey.all[0].pkcs8)
        for changed in Self.changes(of: der) {
            guard let key = try? imported(changed) else { continue }
            // Only the 32 bytes of the seed can change, to another key's seed.
            #expect(changed[..<16] == der[..<16] && changed.count == der.count)
            #expect(key.publicKey.keyID.description != FixedKey.all[0].keyID)
        }
    }

    @Test func `a file cut short anywhere is refused`() throws {
        let openssl = try OpenSSLCommand()
        let files = [
            try openssl.generate(.rsa2048), try openssl.run("rsa -in key.pem -traditional -outform DER"),
            try openssl.generate(.ecSecp256k1), try openssl.run("ec -in key.pem -outform DER"),
            try openssl.run("pkcs8 -topk8 -in key.pem -outform DER -iter 1 -passout pass:p"),
            try openssl.run("pkcs8 -topk8 -in key.pem -iter 1 -passout pass:p"),
            try openssl.generate(.ed25519), try openssl.run("pkcs8 -topk8 -nocrypt -in key.pem"),
        ]
        for file in files {
            #expect(refusal(file, passphrase: "p") == nil)
            // The newline at the end of a PEM file may be missing.
            let end = file.last == 0x0a ? file.count - 1 : file.count
            for length in 0..<end { #expect(refusal(Array(file[..<length]), passphrase: "p") != nil) }
        }
    }

    @Test func `a PEM file after any change is refused or the same key`() throws {
        let key = FixedKey.all[2]
        for changed in Self.changes(of: Array(pem("PRIVATE KEY", bytes(key.pkcs8)).utf8)) {
            guard let read = try? imported(changed) else { continue }
            #expect(hex(read.pkcs8) == key.pkcs8)
        }
    }

    @Test func `an encrypted EC key after any change is refused or the same key`() throws {
        let openssl = try OpenSSLCommand()
        let der = try openssl.generate(.ecP256)
        let file = try openssl.run("pkcs8 -topk8 -in key.pem -outform DER -iter 1 -passout pass:p")
        for position in file.indices {
            var changed = file
            changed[position] ^= 1
            guard let read = try? imported(changed, passphrase: "p") else { continue }
            #expect(read.pkcs8 == der)
        }
    }

    @Test(arguments: FixedKey.all) func `a public key after any change is refused or another`(key: FixedKey) throws {
        let der = bytes(key.publicKey)
        for changed in Self.changes(of: der) {
            guard let read = try? PublicKey(subjectPublicKeyInfo: changed) else { continue }
            // A changed Ed25519 point cannot be told from another key's.
            #expect(key.scheme == .ed25519 && changed[..<12] == der[..<12])
            #expect(read.keyID.description != key.keyID)
        }
    }

    /// Each byte changed in several ways, removed, and doubled.
    private static func changes(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.indices.flatMap { position -> [[UInt8]] in
            var all = patterns.map { pattern in
                var changed = bytes
                changed[position] ^= pattern
                return changed
            }
            all.append(Array(bytes[..<position] + bytes[(position + 1)...]))
            all.append(Array(bytes[...position] + bytes[position...]))
            return all
        }
    }
}
