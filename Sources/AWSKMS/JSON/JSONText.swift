/// Undoes the escapes of a JSON text that is no secret.
enum JSONText {
    /// The text, or nil when it is no UTF-8 or has a lone surrogate. The escapes were checked before.
    static func decoded(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(validating: bytes, as: UTF8.self) }
        var units = [UInt8]()
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
                units.append(byte)
                continue
            }
            guard let scalar = kind == UInt8(ascii: "u") ? scalar(&rest) : simple(kind) else { return nil }
            units += Array(String(Character(scalar)).utf8)
        }
        return String(validating: units, as: UTF8.self)
    }

    /// Writes the text to `target`, which is as long as `bytes`, without a copy; nil where it has other than ASCII in
    /// it.
    static func decode(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        var count = 0
        var rest = bytes[...]
        while var byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let kind = rest.popFirst() {
                let meant = kind == UInt8(ascii: "u") ? scalar(&rest) : simple(kind)
                guard let meant, meant.isASCII else { return nil }
                byte = UInt8(ascii: meant)
            }
            guard byte < 0x80 else { return nil }
            target[count] = byte
            count += 1
        }
        return count
    }

    private static func simple(_ kind: UInt8) -> Unicode.Scalar? {
        switch kind {
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{c}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: Unicode.Scalar(kind)
        }
    }

    private static func scalar(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Unicode.Scalar? {
        guard let first = unit(&rest) else { return nil }
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let second = unit(&rest),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
    }

    private static func unit(_ rest: inout Slice<UnsafeRawBufferPointer>) -> UInt16? {
        guard rest.count >= 4 else { return nil }
        let digits = String(decoding: rest.prefix(4), as: UTF8.self)
        rest = rest.dropFirst(4)
        return UInt16(digits, radix: 16)
    }
}
