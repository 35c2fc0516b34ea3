/// Cuts UTF-8 text into tokens.
///
/// The text has been checked to be UTF-8. All of HOCON's syntax is ASCII, so the lexer looks at bytes; the few spaces beyond ASCII
/// are recognised by their bytes.
struct Lexer {
    let bytes: [UInt8]
    let document: Document
    private(set) var position = 0
    private var line: UInt32 = 1
    private var lineStart = 0

    init(bytes: [UInt8], document: Document) {
        self.bytes = bytes
        self.document = document
    }

    /// The next token.
    mutating func next() throws(HOCONError) -> Token {
        let previousEnd = position
        if position < bytes.count, Lexer.mayBeSkipped(bytes[position]) { position = endOfSpacesAndComments(position) }
        let start = position
        let column = UInt32(truncatingIfNeeded: start - lineStart + 1)
        var token = Token(
            kind: .endOfText, start: start, end: start + 1, previousEnd: previousEnd, line: line, column: column)
        guard start < bytes.count else {
            token.end = start
            return token
        }
        position = start + 1
        switch bytes[start] {
        case UInt8(ascii: "\n"):
            token.kind = .newline
            line += 1
            lineStart = position
        case UInt8(ascii: ","): token.kind = .comma
        case UInt8(ascii: ":"): token.kind = .colon
        case UInt8(ascii: "="): token.kind = .equals
        case UInt8(ascii: "{"): token.kind = .openBrace
        case UInt8(ascii: "}"): token.kind = .closeBrace
        case UInt8(ascii: "["): token.kind = .openBracket
        case UInt8(ascii: "]"): token.kind = .closeBracket
        case UInt8(ascii: "\""): try lexQuoted(&token)
        case UInt8(ascii: "+"):
            guard byte(at: position) == UInt8(ascii: "=") else { throw reserved("+", token) }
            position += 1
            token.kind = .plusEquals
        case UInt8(ascii: "$"):
            guard byte(at: position) == UInt8(ascii: "{") else { throw reserved("$", token) }
            position += 1
            token.kind = .substitution
            if byte(at: position) == UInt8(ascii: "?") {
                position += 1
                token.isMarked = true
            }
        case let byte:
            guard Lexer.isWordByte(byte) else { throw reserved(Character(Unicode.Scalar(byte)), token) }
            token.kind = .word
            position = endOfWord(start)
        }
        token.end = position
        return token
    }

    /// The place of a token.
    func origin(of token: Token) -> HOCONOrigin {
        HOCONOrigin(document, line: token.line, column: token.column)
    }

    /// The place where the lexer stands.
    func origin(at position: Int) -> HOCONOrigin {
        HOCONOrigin(document, line: line, column: UInt32(truncatingIfNeeded: position - lineStart + 1))
    }

    /// The text between two positions.
    func text(_ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// The byte at a position, or nil after the end.
    func byte(at position: Int) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    /// True when the text between two positions is this ASCII word.
    func isText(_ start: Int, _ end: Int, _ word: StaticString) -> Bool {
        guard end - start == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            for offset in word.indices where bytes[start + offset] != word[offset] { return false }
            return true
        }
    }

    /// True when a byte occurs between two positions.
    func contains(_ byte: UInt8, _ start: Int, _ end: Int) -> Bool {
        var position = start
        while position < end, bytes[position] != byte { position += 1 }
        return position < end
    }

    /// True for a byte with which a space or comment may begin, so that most tokens need no search for them.
    @inline(__always)
    private static func mayBeSkipped(_ byte: UInt8) -> Bool {
        byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "/") || byte >= 0x80
    }

    private func endOfSpacesAndComments(_ start: Int) -> Int {
        let span = bytes.span
        var end = start
        while end < span.count {
            let byte = span[end]
            switch byte {
            case UInt8(ascii: " "), 0x09, 0x0B...0x0D, 0x1C...0x1F:
                end += 1
            case UInt8(ascii: "/") where end + 1 == span.count || span[end + 1] != byte:
                return end
            case UInt8(ascii: "#"), UInt8(ascii: "/"):
                while end < span.count, span[end] != UInt8(ascii: "\n") { end += 1 }
            case 0x80...:
                let length = Space.length(in: bytes, at: end)
                if length == 0 { return end }
                end += length
            default:
                return end
            }
        }
        return end
    }

    /// Moves over further words on the line, with spaces and tabs between them, and returns the end of the last one.
    ///
    /// To be called right after a word: unquoted words side by side are one text, so they need no tokens of their own.
    mutating func skipWords() -> Int {
        while true {
            var next = position
            while next < bytes.count, bytes[next] == UInt8(ascii: " ") || bytes[next] == UInt8(ascii: "\t") {
                next += 1
            }
            guard next > position, next < bytes.count, Lexer.isWordByte(bytes[next]) else { return position }
            let end = endOfWord(next)
            if end == next { return position }
            position = end
        }
    }

    /// The end of the word that begins at `start`.
    ///
    /// A word that begins like a number takes in a `+` of its exponent; elsewhere `+` is reserved.
    private func endOfWord(_ start: Int) -> Int {
        let span = bytes.span
        var end = start
        if NumberText.mayBegin(span[start]) { end = NumberText.exponentSignEnd(in: bytes, at: start) ?? start }
        while end < span.count {
            let byte = span[end]
            if byte &- UInt8(ascii: "a") < 26 {  // the most frequent bytes first
                end += 1
                continue
            }
            guard Lexer.isWordByte(byte) else { break }
            if byte == UInt8(ascii: "/"), end + 1 < span.count, span[end + 1] == byte { break }
            if byte >= 0x80, Space.length(in: bytes, at: end) > 0 { break }
            end += 1
        }
        return end
    }

    private mutating func lexQuoted(_ token: inout Token) throws(HOCONError) {
        if byte(at: position) == UInt8(ascii: "\""), byte(at: position + 1) == UInt8(ascii: "\"") {
            return try lexTripleQuoted(&token)
        }
        token.kind = .quoted
        var end = position
        while end < bytes.count {
            let byte = bytes[end]
            end += 1
            if byte > UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
            if byte == UInt8(ascii: "\"") {
                position = end
                return
            }
            if byte == UInt8(ascii: "\\") {
                token.isMarked = true
                end += 1
            } else if byte < 0x20 {
                throw HOCONError(
                    .syntax, at: origin(at: end - 1),
                    "a quoted text must not contain a newline, tab or other control character; write \\n, \\t or \\u00XX, or use \"\"\""
                )
            }
        }
        throw HOCONError(
            .syntax, at: origin(of: token), "this quoted text is not closed: expected '\"' before the text ends")
    }

    /// Any sequence of at least three quotes ends the text, and those before the last three belong to it.
    private mutating func lexTripleQuoted(_ token: inout Token) throws(HOCONError) {
        token.kind = .tripleQuoted
        position += 2
        var quotes = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                quotes += 1
            } else if quotes >= 3 {
                return
            } else {
                quotes = 0
                if byte == UInt8(ascii: "\n") {
                    line += 1
                    lineStart = position + 1
                }
            }
            position += 1
        }
        if quotes < 3 {
            throw HOCONError(
                .syntax, at: origin(of: token),
                "this multi-line text is not closed: expected '\"\"\"' before the text ends")
        }
    }

    private func reserved(_ character: Character, _ token: Token) -> HOCONError {
        let hint =
            switch character {
            case "$": "write ${path} for a substitution, or put the text into quotes"
            case "+": "write += to append to a list, or put the text into quotes"
            default: "put the text into quotes"
            }
        return HOCONError(
            .syntax, at: origin(of: token),
            "the character '\(character)' is reserved and cannot stand outside quotes; \(hint)")
    }

    /// True for a byte that can be part of an unquoted text: all but white space and `$"{}[]:=,+#\`^?!@*&\`.
    ///
    /// Bytes beyond ASCII are; the spaces among those characters are found by `Space`.
    @inline(__always)
    private static func isWordByte(_ byte: UInt8) -> Bool {
        if byte < 0x40 { return (0x5BFF_E3A0_0FFF_C1FF as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 0x80 { return (0xD7FF_FFFE_87FF_FFFE as UInt64) >> UInt64(byte - 0x40) & 1 == 1 }
        return true
    }
}
