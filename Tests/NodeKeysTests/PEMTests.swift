import Foundation
import NodeKeys
import Testing

@Suite struct PEMTests {
    private let der = bytes(FixedKey.all[0].pkcs8)

    private func text(
        _ body: some StringProtocol, _ begin: String = "-----BEGIN PRIVATE KEY-----",
        end: String = "-----END PRIVATE KEY-----"
    ) -> String { "\(begin)\n\(body)\n\(end)\n" }

    private var body: String { Data(der).base64EncodedString() }

    @Test func `every byte in place of a character decides as base64 says`() throws {
        let characters = Array(body.utf8)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        // A character of the seed: each of the 64 gives another key, or the same.
        let position = 40
        let begin = Array("-----BEGIN PRIVATE KEY-----\n".utf8)
        let end = Array("\n-----END PRIVATE KEY-----\n".utf8)
        for byte in UInt8.min...UInt8.max {
            var changed = characters
            changed[position] = byte
            let file = begin + changed + end
            let expected = alphabet.contains(byte) ? Data(base64Encoded: Data(changed)).map(Array.init) : nil
            let read = try? imported(file).pkcs8
            #expect(read == expected)
        }
    }

    @Test func `padding is exact`() throws {
        #expect(refusal(text(body)) == nil)
        #expect(refusal(text(body + "====")) == .malformed)
        #expect(refusal(text(String(body.dropLast()))) == .malformed)
        #expect(refusal(text(body.dropLast() + "=")) == .malformed)
        #expect(refusal(text("=" + body.dropFirst())) == .malformed)
        #expect(refusal(text(body.prefix(20) + "==" + body.dropFirst(22))) == .malformed)
    }

    /// RFC 4648 section 3.5: the bits that no byte needs are zero, so that one key has one text.
    @Test func `unused bits are zero`() throws {
        let seed = String(repeating: "ab", count: 32)
        // Empty attributes, and one attribute: 50 and 64 bytes, for one and two padding characters.
        let files = [
            ("=", bytes("3030020100300506032b657004220420" + seed + "a000")),
            ("==", bytes("303e020100300506032b657004220420" + seed + "a00e300c060355040331050c036e6f64")),
        ]
        for (padding, der) in files {
            let body = Data(der).base64EncodedString()
            let bare = body.prefix { $0 != "=" }
            #expect(body == bare + padding)
            #expect(refusal(text(body)) == nil)
            #expect(refusal(text(String(bare))) == .malformed)
            #expect(refusal(text(bare + "===")) == .malformed)
            // Both texts end in a multiple of 4 or 16 in the alphabet; the next character sets an unused bit.
            let last = try #require(bare.unicodeScalars.last)
            let next = try #require(UnicodeScalar(last.value + 1))
            #expect(Data(base64Encoded: bare.dropLast() + String(next) + padding).map(Array.init) == der)
            #expect(refusal(text(bare.dropLast() + String(next) + padding)) == .malformed)
        }
    }

    @Test func `boundaries must be whole and match`() throws {
        #expect(refusal(text(body, "-----BEGIN PRIVATE KEY----")) == .malformed)
        #expect(refusal(text(body, "----BEGIN PRIVATE KEY-----")) == .malformed)
        #expect(refusal(text(body, end: "-----END PRIVATE KEY----")) == .malformed)
        #expect(refusal(text(body, end: "-----END EC PRIVATE KEY-----")) == .malformed)
        #expect(refusal(text(body, end: "")) == .malformed)
        #expect(refusal(text(body, "-----BEGIN -----")) == .malformed)
        #expect(refusal(text(body, "-----BEGIN private key-----", end: "-----END private key-----")) == .malformed)
        #expect(refusal(text(body, end: "-----BEGIN PRIVATE KEY-----")) == .malformed)
        #expect(refusal(text("")) == .malformed)
        let long = String(repeating: "A", count: 41)
        #expect(refusal(text(body, "-----BEGIN \(long)-----", end: "-----END \(long)-----")) == .malformed)
    }

    @Test func `a public key's text is OpenSSL's`() throws {
        let key = try PublicKey(subjectPublicKeyInfo: bytes(FixedKey.all[2].publicKey))
        #expect(key.pem == pem("PUBLIC KEY", key.subjectPublicKeyInfo))
    }
}
