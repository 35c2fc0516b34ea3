/// Numbers as they are written.
///
/// Accepted is what Lightbend's implementation accepts: JSON's numbers, and besides them leading zeros, `5.` and `-.5`.
enum NumberText {
    /// True when the bytes are a number as a whole.
    static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, mayBegin(first) else { return false }
        var position = bytes.startIndex
        if first == UInt8(ascii: "-") { position += 1 }
        var digits = skipDigits(bytes, &position)
        if position < bytes.endIndex, bytes[position] == UInt8(ascii: ".") {
            position += 1
            digits += skipDigits(bytes, &position)
        }
        guard digits > 0 else { return false }
        if position < bytes.endIndex, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.endIndex, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard skipDigits(bytes, &position) > 0 else { return false }
        }
        return position == bytes.endIndex
    }

    /// True for a digit or a minus sign.
    @inline(__always)
    static func mayBegin(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "-")
    }

    /// The position after the sign of an exponent such as `1e+`, when a number with one begins at `start`.
    static func exponentSignEnd(in bytes: [UInt8], at start: Int) -> Int? {
        var position = start + 1
        while position < bytes.count, isDigit(bytes[position]) || bytes[position] == UInt8(ascii: ".") { position += 1 }
        guard position + 2 < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e"),
            bytes[position + 1] == UInt8(ascii: "+"), isDigit(bytes[position + 2])
        else { return nil }
        return position + 2
    }

    /// The number in JSON's grammar: without leading zeros, with digits on both sides of the point.
    static func json(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let sign = bytes.first == UInt8(ascii: "-") ? 1 : 0
        while bytes.count > sign + 1, bytes[sign] == UInt8(ascii: "0"), isDigit(bytes[sign + 1]) {
            bytes.remove(at: sign)
        }
        if bytes.count > sign, !isDigit(bytes[sign]) { bytes.insert(UInt8(ascii: "0"), at: sign) }
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")), point + 1 == bytes.count || !isDigit(bytes[point + 1]) {
            bytes.insert(UInt8(ascii: "0"), at: point + 1)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func skipDigits(_ bytes: ArraySlice<UInt8>, _ position: inout Int) -> Int {
        let start = position
        while position < bytes.endIndex, isDigit(bytes[position]) { position += 1 }
        return position - start
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}
