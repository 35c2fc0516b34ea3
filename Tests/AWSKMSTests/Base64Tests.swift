import Foundation
import Testing

@testable import AWSKMS

@Suite struct Base64Tests {
    private func encoded(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: Base64.encodedCount(bytes.count))
        text.withUnsafeMutableBytes { target in bytes.withUnsafeBytes { Base64.encode($0, into: target) } }
        return String(decoding: text, as: UTF8.self)
    }

    private func decoded(_ text: String) -> [UInt8]? {
        let guarded = GuardedBytes(text)
        guard let count = Base64.decodedCount(guarded.bytes) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return bytes.withUnsafeMutableBytes { Base64.decode(guarded.bytes, into: $0) } ? bytes : nil
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 hold`(_ plain: String, _ text: String) {
        #expect(encoded(Array(plain.utf8)) == text)
        #expect(decoded(text) == Array(plain.utf8))
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AAAAA", "=", "==", "====", "A===", "AA=A", "A=AA", "=AAA", "AA==AAAA", "AAA=AAAA",
        "AAAA====",
        "AA==\n", "AA =", "A\nAA", "AAA\0", "AA-_", "AA.A", "AA*A", "AAA@", "AAA[", "AAA`", "AAA{", "AAA:", "AA,A",
        "A\u{e9}A", "\u{ff21}A",
    ])
    func `what is no Base64 is refused`(_ text: String) { #expect(decoded(text) == nil) }

    @Test(arguments: ["Zh==", "Zg==", "Z/==", "Zm9=", "Zm8=", "Zm+="])
    func `bits beyond the last byte must be zero`(_ text: String) {
        #expect((decoded(text) != nil) == (text == "Zg==" || text == "Zm8="))
    }

    @Test func `each byte counts in each place`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for place in 0..<8 {
            for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "=") {
                var text = Array("AAAAAAAA".utf8)
                text[place] = byte
                let isGood = text.withUnsafeBytes { text in
                    withUnsafeTemporaryAllocation(byteCount: 6, alignment: 1) { Base64.decode(text, into: $0) }
                }
                #expect(isGood == alphabet.contains(byte))
            }
        }
    }

    @Test func `Foundation writes and reads the same`() {
        var random = SeededGenerator(state: 6)
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(encoded(bytes) == Data(bytes).base64EncodedString())
            #expect(decoded(Data(bytes).base64EncodedString()) == bytes)
        }
    }

    @Test func `a target of another size is refused`() {
        var bytes = [UInt8](repeating: 0, count: 4)
        let isGood = bytes.withUnsafeMutableBytes { target in
            Array("Zm9v".utf8).withUnsafeBytes { Base64.decode($0, into: target) }
        }
        #expect(!isGood)
    }
}
