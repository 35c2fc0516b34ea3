import SecretMemory

/// A `key = value` line of a shared file. Valid while the file's bytes are exposed.
struct SharedFileLine {
    /// The key whose value is empty and that this line is further in than; nil for a key of the section itself.
    let parent: String?
    /// In lower case.
    let key: String
    /// Without space and comments at its ends; never empty.
    let value: UnsafeRawBufferPointer

    /// Reads `bytes` line by line. Of a section, `section` is asked whether its lines are wanted.
    static func scan(
        _ bytes: UnsafeRawBufferPointer, section: (String) -> Bool,
        line found: (SharedFileLine) throws(SecretMemoryError) -> Void
    ) throws(SecretMemoryError) {
        var isWanted = false
        // How far the last key of the section is indented: a line further in belongs to it.
        var keyIndent: Int?
        var parent: String?
        for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            let text = trimmed(line)
            guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            let indent = text.startIndex - line.startIndex
            if let keyIndent, indent > keyIndent {
                if isWanted, let parent, let inner = parts(of: text), !inner.value.isEmpty {
                    try found(SharedFileLine(parent: parent, key: inner.key, value: inner.value))
                }
                continue
            }
            parent = nil
            if first == UInt8(ascii: "[") {
                isWanted = name(of: text).map(section) ?? false
                keyIndent = nil
                continue
            }
            keyIndent = indent
            guard isWanted, let outer = parts(of: text) else { continue }
            if outer.value.isEmpty {
                parent = outer.key
            } else {
                try found(SharedFileLine(parent: nil, key: outer.key, value: outer.value))
            }
        }
    }

    /// What stands between the brackets of a `[…]` line.
    private static func name(of line: Slice<UnsafeRawBufferPointer>) -> String? {
        guard let end = line.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        return String(decoding: line[(line.startIndex + 1)..<end], as: UTF8.self)
    }

    /// The parts of a `key = value` or `key: value` line.
    private static func parts(
        of line: Slice<UnsafeRawBufferPointer>
    ) -> (key: String, value: UnsafeRawBufferPointer)? {
        guard let equals = line.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") })
        else { return nil }
        let key = String(decoding: trimmed(line[..<equals]), as: UTF8.self).lowercased()
        return (key, UnsafeRawBufferPointer(rebasing: withoutComment(trimmed(line[(equals + 1)...]))))
    }

    /// A comment after a value begins with a space.
    private static func withoutComment(_ value: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        for index in value.indices.dropFirst()
        where (value[index] == UInt8(ascii: "#") || value[index] == UInt8(ascii: ";")) && isSpace(value[index - 1]) {
            return trimmed(value[..<index])
        }
        return value
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func trimmed(_ line: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line = line.dropLast() }
        return line
    }
}
