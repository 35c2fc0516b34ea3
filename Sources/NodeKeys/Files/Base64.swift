/// Base64 (RFC 4648 section 4) without tables or branches on the characters, so that key bytes do not shape the timing.
enum Base64 {
    /// Characters for `count` bytes, padding included.
    static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// The character of a number from 0 to 63.
    static func character(_ value: Int) -> UInt8 {
        // Each shift yields all ones where the value lies beyond a boundary of the alphabet.
        var character = value + 0x41
        character += ((25 - value) >> 8) & 6
        character -= ((51 - value) >> 8) & 75
        character -= ((61 - value) >> 8) & 15
        character += ((62 - value) >> 8) & 3
        return UInt8(truncatingIfNeeded: character)
    }

    /// The number of a character, or -1 for any other byte.
    static func value(_ character: UInt8) -> Int {
        let byte = Int(character)
        return -1 + within(byte, 0x41, 0x5a, byte - 0x40) + within(byte, 0x61, 0x7a, byte - 0x46)
            + within(byte, 0x30, 0x39, byte + 5) + within(byte, 0x2b, 0x2b, 63) + within(byte, 0x2f, 0x2f, 64)
    }

    /// `number` where first <= byte <= last, else 0.
    private static func within(_ byte: Int, _ first: Int, _ last: Int, _ number: Int) -> Int {
        ((first - 1 - byte) & (byte - last - 1)) >> 8 & number
    }
}
