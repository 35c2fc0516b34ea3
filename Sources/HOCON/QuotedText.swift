/// The contents of quoted texts.
extension Lexer {
    /// The text of a quoted, triple-quoted or unquoted token.
    func text(of token: Token) throws(HOCONError) -> String {
        switch token.kind {
        case .quoted where token.isMarked: try unescaped(token)
        case .quoted: text(token.start + 1, token.end - 1)
        case .tripleQuoted: text(token.start + 3, token.end - 3)
        default: text(token.start, token.end)
        }
    }

    private func unescaped(_ token: Token) throws(HOCONError) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(token.end - token.start)
        var position = token.start + 1
        let end = token.end - 1
        while position < end {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                position += 1
                continue
            }
            let escaped = bytes[position + 1]
            if escaped == UInt8(ascii: "u") {
                try appendScalar(at: &position, end: end, token, to: &result)
                continue
            }
            guard let plain = Lexer.escapes(escaped) else {
                throw error(
                    token, position,
                    "unknown escape after '\\'; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, and \\\\ for a backslash"
                )
            }
            result.append(plain)
            position += 2
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Appends what `\uXXXX` at `position` stands for, two of them for a character beyond U+FFFF.
    private func appendScalar(at position: inout Int, end: Int, _ token: Token, to result: inout [UInt8])
        throws(HOCONError)
    {
        let start = position
        guard let first = hexadecimal(at: position + 2, end: end) else {
            throw error(token, start, "expected four hexadecimal digits after '\\u'")
        }
        position += 6
        var value = first
        if first & 0xFC00 == 0xD800, position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u"), let second = hexadecimal(at: position + 2, end: end),
            second & 0xFC00 == 0xDC00
        {
            value = 0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF)
            position += 6
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw error(
                token, start, "half of a surrogate pair is no character; expected both halves as \\uD8XX\\uDCXX")
        }
        result.append(contentsOf: String(scalar).utf8)
    }

    private func hexadecimal(at position: Int, end: Int) -> UInt32? {
        guard position + 4 <= end else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private func error(_ token: Token, _ position: Int, _ message: String) -> HOCONError {
        let column = token.column + UInt32(truncatingIfNeeded: position - token.start)
        return HOCONError(.syntax, at: HOCONOrigin(document, line: token.line, column: column), message)
    }

    private static func escapes(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }
}
