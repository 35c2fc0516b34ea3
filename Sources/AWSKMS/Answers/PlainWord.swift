/// A word of an answer that may stand in a log or an error: whoever answers must not write lines there.
enum PlainWord {
    private static let maximumSizeInBytes = 128

    /// `text` where it has 1 to 128 letters, digits, hyphens, underscores and dots of ASCII; nil otherwise.
    static func of(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        return isPlain && (1...maximumSizeInBytes).contains(text.utf8.count) ? text : nil
    }
}
