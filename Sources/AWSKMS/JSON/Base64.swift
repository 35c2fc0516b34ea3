/// Base64 without tables or branches on its data, so that neither caches nor branch predictors tell a secret.
///
/// Source: RFC 4648, section 4; strict: padding required, unused bits zero, nothing else in between.
enum Base64 {
    static func encodedCount(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    /// Writes the digits of `source` to `target`, which has ``encodedCount(_:)`` bytes.
    static func encode(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        precondition(target.count == encodedCount(source.count), "a Base64 text has its one length")
        var digit = 0
        for start in stride(from: 0, to: source.count, by: 3) {
            let present = min(3, source.count - start)
            var bits: UInt32 = 0
            for offset in 0..<3 { bits = bits << 8 | (offset < present ? UInt32(source[start + offset]) : 0) }
            for offset in 0..<4 {
                let value = Int32(bits >> (18 - 6 * UInt32(offset)) & 63)
                target[digit] = offset <= present ? character(of: value) : UInt8(ascii: "=")
                digit += 1
            }
        }
    }

    /// How many bytes a text stands for, by its length and padding; nil when no text has such.
    static func decodedCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count.isMultiple(of: 4) else { return nil }
        return text.count / 4 * 3 - padding(of: text)
    }

    /// Writes the bytes of `text` to `target`, which has ``decodedCount(_:)`` bytes. False when the text is no Base64.
    static func decode(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
        guard let count = decodedCount(text), count == target.count else { return false }
        let digits = text.count - padding(of: text)
        var refused: Int32 = 0
        var written = 0
        for start in stride(from: 0, to: text.count, by: 4) {
            var bits: Int32 = 0
            for index in start..<start + 4 {
                let value = index < digits ? self.value(of: text[index]) : 0
                refused |= value
                bits = bits << 6 | (value & 63)
            }
            for shift: Int32 in [16, 8, 0] {
                let byte = UInt8(truncatingIfNeeded: bits >> shift)
                if written < count {
                    target[written] = byte
                    written += 1
                } else {
                    // Bits beyond the last byte must be zero: one text a value.
                    refused |= -Int32(byte)
                }
            }
        }
        return refused >= 0
    }

    private static func padding(of text: UnsafeRawBufferPointer) -> Int {
        guard text.last == UInt8(ascii: "=") else { return 0 }
        return text[text.count - 2] == UInt8(ascii: "=") ? 2 : 1
    }

    private static func character(of value: Int32) -> UInt8 {
        var character = value &+ 0x41
        character &+= ((25 &- value) >> 8) & 6
        character &-= ((51 &- value) >> 8) & 75
        character &-= ((61 &- value) >> 8) & 15
        character &+= ((62 &- value) >> 8) & 3
        return UInt8(truncatingIfNeeded: character)
    }

    /// 0 to 63, or -1.
    private static func value(of character: UInt8) -> Int32 {
        let character = Int32(character)
        var value: Int32 = -1
        value &+= (((0x40 &- character) & (character &- 0x5b)) >> 8) & (character &- 64)
        value &+= (((0x60 &- character) & (character &- 0x7b)) >> 8) & (character &- 70)
        value &+= (((0x2f &- character) & (character &- 0x3a)) >> 8) & (character &+ 5)
        value &+= (((0x2a &- character) & (character &- 0x2c)) >> 8) & 63
        value &+= (((0x2e &- character) & (character &- 0x30)) >> 8) & 64
        return value
    }
}
