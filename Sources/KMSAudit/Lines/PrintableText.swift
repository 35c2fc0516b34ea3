extension String {
    /// The text on one line: control characters, line separators, characters that turn the writing direction, and the
    /// backslash are escaped, so that no value can begin a line of its own or disguise one. At most 2048 characters
    /// stay.
    var printable: String {
        let limit = 2048
        let isPlain = utf8.allSatisfy { byte in (0x20..<0x7f).contains(byte) && byte != UInt8(ascii: "\\") }
        if isPlain && utf8.count <= limit { return self }
        var text = ""
        for (index, scalar) in unicodeScalars.enumerated() {
            guard index < limit else { return text + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: text += scalar == "\\" ? "\\\\" : String(scalar)
            }
        }
        return text
    }
}
