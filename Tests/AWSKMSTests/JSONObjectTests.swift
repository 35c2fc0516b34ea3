import Foundation
import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct JSONObjectTests {
    /// What `body` finds in the document; nil when it is refused.
    private func read<R>(_ document: [UInt8], _ body: (JSONObject) throws -> R) rethrows -> R? {
        let guarded = GuardedBytes(document)
        guard let object = try? JSONObject(guarded.bytes) else { return nil }
        return try body(object)
    }

    private func isGood(_ document: String) -> Bool { read(Array(document.utf8)) { _ in true } ?? false }

    @Test(arguments: [
        "{}", " \t\r\n{ } \n", #"{"a":1}"#, #"{"":""}"#, #"{"a":[],"b":{},"c":[1,[2,{"d":null}]]}"#,
        #"{"a":true,"b":false,"c":null}"#,
        #"{"a":-0,"b":0.5,"c":-1.25e+10,"d":1E-2,"e":123456789012345678901234567890}"#,
        #"{"a":"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"}"#, #"{"a":"é😀"}"#,
    ])
    func `good documents are read`(_ document: String) { #expect(isGood(document)) }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "1", "null", #""a""#, "{}{}", "{} x", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{"a" 1}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#,
        #"{"a":-}"#, #"{"a":NaN}"#, #"{"a":tru}"#, #"{"a":True}"#, #"{"a":nulll}"#, #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#,
        #"{"a":"\u12"}"#, "{\"a\":\"\u{1}\"}", "{\"a\":\"\n\"}", #"{"a":"b}"#, #"{"a":"b\"}"#, #"{"a":[1,]}"#,
        #"{"a":[1 2]}"#, #"{"a":[}"#, #"{"a":{"b":1]}"#, "\u{feff}{}", #"{"a":1 "b":2}"#, "{}\0",
    ])
    func `what is no object is refused`(_ document: String) { #expect(!isGood(document)) }

    @Test func `a name that comes twice is refused, however it is written`() {
        #expect(!isGood(#"{"KeyId":"a","KeyId":"b"}"#))
        #expect(!isGood(#"{"KeyId":"a","\u004beyId":"b"}"#))
        #expect(isGood(#"{"KeyId":"a","keyId":"b","c":{"KeyId":"d"}}"#))
    }

    @Test func `an object in an object is refused for a name that comes twice, once it is read`() throws {
        let found: Bool? = read(Array(#"{"a":{"b":1,"b":2}}"#.utf8)) { (try? $0.object("a")) == nil }
        #expect(found == true)
    }

    @Test func `nesting ends at sixteen`() {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(isGood(nested(16)))
        #expect(!isGood(nested(17)))
        #expect(!isGood(nested(1000)))
        #expect(!isGood(String(repeating: #"{"a":"#, count: 2000)))
    }

    @Test(arguments: [
        (#"A\u0041\"\\\/"#, "AA\"\\/"), (#"\b\f\n\r\t"#, "\u{8}\u{c}\n\r\t"), (#"\ud83d\uDE00"#, "😀"),
        (#"\u00e9"#, "é"), ("é😀", "é😀"), (#"é\u00e9"#, "éé"), (#"\u0000"#, "\0"), ("", ""), (#"\uffff"#, "\u{ffff}"),
    ])
    func `escapes are undone`(_ written: String, _ meant: String) {
        #expect(read(Array(#"{"a":"\#(written)"}"#.utf8)) { $0.text("a") } == meant)
    }

    @Test(arguments: [
        #"\ud83d"#, #"\ud83dx"#, #"\ud83d\n"#, #"\ud83d\u0041"#, #"\ude00"#, #"\ud83d\ud83d"#, #"a\udfffb"#,
    ])
    func `lone surrogates are no text`(_ written: String) {
        #expect(read(Array(#"{"a":"\#(written)"}"#.utf8)) { $0.text("a") == nil } == true)
        #expect(!isGood(#"{"\#(written)":1}"#))
    }

    @Test(arguments: [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func `what is no UTF-8 is no text`(_ bytes: [UInt8]) {
        for tail in ["", #"\n"#] {
            let document = Array(#"{"a":""#.utf8) + bytes + Array(tail.utf8) + Array(#""}"#.utf8)
            #expect(read(document) { $0.text("a") == nil } == true)
        }
    }

    @Test func `a member of another kind is none`() {
        let found: [Bool]? = read(Array(#"{"a":1,"b":"x","c":null}"#.utf8)) { object in
            [
                object.text("a") == nil, object.text("c") == nil, object.text("d") == nil,
                (try? object.object("b"))?.text("x") == nil, object.bytes("a") == nil, object.bytes("b") == nil,
            ]
        }
        #expect(found == Array(repeating: true, count: 6))
    }

    /// An answer of every kind of value.
    private static let sample = Array(
        #"""
        {"KeyId": "arn:aws:kms:us-east-1:111122223333:key\/1234", "Plaintext":"AAECAwQFBgc=", "n": [-1.5e3, 0, {"x": true}],
        "KeyMetadata": {"Arn": "é\ud83d\ude00", "Enabled": false, "Nothing": null}}
        """#.utf8)

    private func readAll(_ document: [UInt8]) throws {
        _ = try read(document) { object in
            for name in ["KeyId", "Plaintext", "n", "KeyMetadata"] {
                _ = object.text(name)
                _ = object.bytes(name)
                _ = try object.secret(name)?.count
            }
            _ = try? object.object("KeyMetadata")?.text("Arn")
        }
    }

    @Test func `no truncation is read as a document`() throws {
        #expect(read(Self.sample) { $0.bytes("Plaintext") } == Array(0..<8))
        for count in 0..<Self.sample.count {
            #expect(read(Array(Self.sample.prefix(count))) { _ in true } == nil, "the first \(count) bytes")
        }
    }

    @Test func `twenty thousand mutations are read or refused, and nothing beyond their end`() throws {
        var random = SeededGenerator(state: 3)
        let pieces = Array(#""{}[]:,\u0-.e"#.utf8)
        for _ in 0..<20_000 {
            var document = Self.sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: document.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: document[index] = UInt8.random(in: 0...255, using: &random)
                case 1: document[index] = pieces.randomElement(using: &random) ?? 0
                case 2: document.remove(at: index)
                default: document.insert(pieces.randomElement(using: &random) ?? 0, at: index)
                }
            }
            try readAll(Array(document.prefix(Int.random(in: 1...document.count, using: &random))))
        }
    }

    @Test func `what is read is what Foundation reads`() throws {
        var random = SeededGenerator(state: 4)
        let alphabet = Array(#""{}:,[]\un019aFe-. "#.utf8)
        var read = 0
        for _ in 0..<60_000 {
            let inside = (0..<Int.random(in: 0...9, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            let document = Array(#"{"a":"#.utf8) + inside + Array("}".utf8)
            guard let text = self.read(document, { $0.text("a") ?? "no text" }) else { continue }
            read += 1
            let options = JSONSerialization.ReadingOptions.fragmentsAllowed
            guard let theirs = try? JSONSerialization.jsonObject(with: Data(document), options: options) else {
                // Foundation refuses lone surrogates, ours only where they are read; and what it cannot count.
                let isOdd = document.contains(UInt8(ascii: "e")) || inside.contains(UInt8(ascii: "u"))
                #expect(isOdd, "\(String(decoding: document, as: UTF8.self))")
                continue
            }
            let value = (theirs as? [String: Any])?["a"] as? String
            #expect(text == value ?? "no text", "\(String(decoding: document, as: UTF8.self))")
        }
        #expect(read > 500, "only \(read) documents were good")
    }
}
