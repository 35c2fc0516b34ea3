import SecretMemory

/// Writes PEM: lines of 64 base64 characters, a newline after the last boundary, as OpenSSL does.
enum PEMWriter {
    private static let lineLength = 64

    /// For what is not secret.
    static func text(_ label: StaticString, _ der: RawSpan) -> [UInt8] {
        let count = size(label, der)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            write(label, der, into: UnsafeMutableRawBufferPointer(buffer))
            written = count
        }
    }

    /// For secrets.
    static func secretText(_ label: StaticString, _ der: RawSpan) throws(NodeKeysError) -> SecretBytes {
        var text = try SecretBytes.zeroed(size(label, der))
        text.withUnsafeMutableBytes { buffer in write(label, der, into: buffer) }
        return text
    }

    private static func boundary(_ word: StaticString, _ label: StaticString) -> [UInt8] {
        Array("-----\(word) \(label)-----\n".utf8)
    }

    private static func size(_ label: StaticString, _ der: RawSpan) -> Int {
        let characters = Base64.encodedCount(der.byteCount)
        let newlines = (characters + lineLength - 1) / lineLength
        return boundary("BEGIN", label).count + characters + newlines + boundary("END", label).count
    }

    private static func write(_ label: StaticString, _ der: RawSpan, into target: UnsafeMutableRawBufferPointer) {
        let first = boundary("BEGIN", label)
        target.copyBytes(from: first)
        var position = first.count
        var lineStart = position
        for start in stride(from: 0, to: der.byteCount, by: 3) {
            let count = min(3, der.byteCount - start)
            var group = 0
            for index in 0..<3 { group = group << 8 | (index < count ? Int(der.byte(at: start + index)) : 0) }
            for index in 0..<4 {
                let isPadding = index > count
                target[position] = isPadding ? UInt8(ascii: "=") : Base64.character(group >> (18 - 6 * index) & 63)
                position += 1
            }
            guard position - lineStart == lineLength || start + 3 >= der.byteCount else { continue }
            target[position] = UInt8(ascii: "\n")
            position += 1
            lineStart = position
        }
        UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyBytes(from: boundary("END", label))
    }
}
