/// A strict reader of JSON text that lies in secret memory: it finds where things are, and copies nothing.
///
/// Source: RFC 8259. Every access is checked against the end, so that a truncated text ends in an error.
struct JSONCursor {
    /// What an answer is not; which byte was wrong is of no use to anybody.
    struct Malformed: Error {}

    enum Kind: Equatable { case text, number, object, array, literal }

    /// A value and where it lies; of a text, without its quotes.
    struct Value: Equatable {
        let kind: Kind
        let range: Range<Int>
    }

    private static let maximumDepth = 16

    private let bytes: UnsafeRawBufferPointer
    private(set) var index: Int
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        precondition(range.upperBound <= bytes.count, "a value lies inside its text")
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    /// Whether only space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return index == end
    }

    /// The members of the object that begins here.
    mutating func members(
        depth: Int = 0, _ found: (_ name: Range<Int>, Value) throws(Malformed) -> Void
    ) throws(Malformed) {
        try take("{")
        if try takes("}") { return }
        repeat {
            skipSpace()
            let name = try text()
            try take(":")
            try found(name, try value(depth: depth + 1))
        } while try takes(",")
        try take("}")
    }

    private mutating func value(depth: Int) throws(Malformed) -> Value {
        guard depth <= Self.maximumDepth else { throw Malformed() }
        skipSpace()
        let start = index
        switch peek {
        case UInt8(ascii: "\""): return Value(kind: .text, range: try text())
        case UInt8(ascii: "{"):
            try members(depth: depth) { _, _ in }
            return Value(kind: .object, range: start..<index)
        case UInt8(ascii: "["):
            try elements(depth: depth)
            return Value(kind: .array, range: start..<index)
        case UInt8(ascii: "t"): return try literal("true")
        case UInt8(ascii: "f"): return try literal("false")
        case UInt8(ascii: "n"): return try literal("null")
        default:
            try number()
            return Value(kind: .number, range: start..<index)
        }
    }

    private mutating func elements(depth: Int) throws(Malformed) {
        try take("[")
        if try takes("]") { return }
        repeat { _ = try value(depth: depth + 1) } while try takes(",")
        try take("]")
    }

    private mutating func literal(_ word: StaticString) throws(Malformed) -> Value {
        let start = index
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[offset] else { throw Malformed() }
            index += 1
        }
        return Value(kind: .literal, range: start..<index)
    }

    /// A text's content; its escapes are checked, not yet undone.
    private mutating func text() throws(Malformed) -> Range<Int> {
        guard peek == UInt8(ascii: "\"") else { throw Malformed() }
        index += 1
        let start = index
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Malformed() }
            index += 1
            if byte == UInt8(ascii: "\\") { try escape() }
        }
        guard peek != nil else { throw Malformed() }
        index += 1
        return start..<index - 1
    }

    private mutating func escape() throws(Malformed) {
        guard let byte = peek else { throw Malformed() }
        index += 1
        guard byte == UInt8(ascii: "u") else {
            guard "\"\\/bfnrt".utf8.contains(byte) else { throw Malformed() }
            return
        }
        for _ in 0..<4 {
            guard let digit = peek,
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit || "abcdefABCDEF".utf8.contains(digit)
            else { throw Malformed() }
            index += 1
        }
    }

    private mutating func number() throws(Malformed) {
        if peek == UInt8(ascii: "-") { index += 1 }
        if peek == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            index += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Malformed) {
        let start = index
        while let byte = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { index += 1 }
        guard index > start else { throw Malformed() }
    }

    private var peek: UInt8? { index < end ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

    private mutating func takes(_ character: Unicode.Scalar) throws(Malformed) -> Bool {
        skipSpace()
        guard let byte = peek else { throw Malformed() }
        guard byte == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) throws(Malformed) {
        guard try takes(character) else { throw Malformed() }
    }
}
