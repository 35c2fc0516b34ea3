/// The spaces of HOCON: Unicode's separators, the byte order mark, and ASCII's white space.
enum Space {
    /// The length in bytes of the space beyond ASCII at a position, or 0 when there is none.
    static func length(in bytes: [UInt8], at position: Int) -> Int {
        guard position + 1 < bytes.count else { return 0 }
        let second = bytes[position + 1]
        if bytes[position] == 0xC2 { return second == 0xA0 ? 2 : 0 }
        guard position + 2 < bytes.count else { return 0 }
        let isSpace =
            switch (bytes[position], second, bytes[position + 2]) {
            case (0xE1, 0x9A, 0x80): true  // U+1680
            case (0xE2, 0x80, 0x80...0x8A): true  // U+2000 to U+200A
            case (0xE2, 0x80, 0xA8), (0xE2, 0x80, 0xA9), (0xE2, 0x80, 0xAF): true  // U+2028, U+2029, U+202F
            case (0xE2, 0x81, 0x9F): true  // U+205F
            case (0xE3, 0x80, 0x80): true  // U+3000
            case (0xEF, 0xBB, 0xBF): true  // U+FEFF, the byte order mark
            default: false
            }
        return isSpace ? 3 : 0
    }

    /// True for a scalar that HOCON counts as white space.
    static func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
            true
        default: false
        }
    }

    /// A text without the white space at its ends.
    static func trimmed(_ text: String) -> Substring {
        var rest = text.unicodeScalars[...]
        while let first = rest.first, contains(first) { rest.removeFirst() }
        while let last = rest.last, contains(last) { rest.removeLast() }
        return Substring(rest)
    }
}
