import SecretMemory

/// An element of an XML text in secret memory. Valid while the bytes it was read from are exposed.
struct XMLElement {
    private let bytes: UnsafeRawBufferPointer
    private let found: XMLCursor.Element

    var name: String { found.name }

    /// Reads `bytes`, which must hold one element and nothing else.
    init(_ bytes: UnsafeRawBufferPointer) throws(XMLCursor.Malformed) {
        var cursor = XMLCursor(bytes, in: 0..<bytes.count)
        self.init(bytes, try cursor.root())
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ found: XMLCursor.Element) {
        self.bytes = bytes
        self.found = found
    }

    /// The child of that name; nil where there is none.
    ///
    /// - Throws: where there are two, or text beside the children.
    func child(_ name: String) throws(XMLCursor.Malformed) -> XMLElement? {
        var cursor = XMLCursor(bytes, in: found.content)
        let same = try cursor.children().filter { $0.name == name }
        guard same.count <= 1 else { throw XMLCursor.Malformed() }
        return same.first.map { XMLElement(bytes, $0) }
    }

    /// A text that is no secret, of printable ASCII; nil for any other.
    var text: String? {
        guard let secret = try? secret() else { return nil }
        return secret.withExposedBytes { span in
            span.withUnsafeBytes { bytes in
                bytes.allSatisfy { (0x20...0x7e).contains($0) } ? String(decoding: bytes, as: UTF8.self) : nil
            }
        }
    }

    /// A secret text, straight into secret memory; nil where there is other than text, or an entity beyond ASCII.
    func secret() throws(SecretMemoryError) -> SecretBytes? {
        let content = UnsafeRawBufferPointer(rebasing: bytes[found.content])
        guard !content.contains(UInt8(ascii: "<")) else { return nil }
        var decoded = try SecretBytes(zeroedCount: content.count)
        guard let count = decoded.withUnsafeMutableBytes({ Self.decode(content, into: $0) }) else { return nil }
        decoded.truncate(to: count)
        return decoded
    }

    private static func decode(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        var count = 0
        var index = 0
        while index < text.count {
            var byte = text[index]
            var length = 1
            if byte == UInt8(ascii: "&") {
                guard let end = text[index...].prefix(8).firstIndex(of: UInt8(ascii: ";")),
                    let meant = character(String(decoding: text[(index + 1)..<end], as: UTF8.self))
                else { return nil }
                byte = meant
                length = end + 1 - index
            }
            target[count] = byte
            count += 1
            index += length
        }
        return count
    }

    /// What `&name;` stands for, where that is ASCII.
    private static func character(_ name: String) -> UInt8? {
        switch name {
        case "amp": return UInt8(ascii: "&")
        case "lt": return UInt8(ascii: "<")
        case "gt": return UInt8(ascii: ">")
        case "quot": return UInt8(ascii: "\"")
        case "apos": return UInt8(ascii: "'")
        default:
            guard name.hasPrefix("#") else { return nil }
            let isHexadecimal = name.hasPrefix("#x")
            let number = UInt8(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10)
            return number.flatMap { (0x01...0x7f).contains($0) ? $0 : nil }
        }
    }
}
