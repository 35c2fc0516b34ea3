import SecretMemory

/// Writes an `application/x-www-form-urlencoded` body straight into secret memory: a token can be in it.
struct FormWriter: ~Copyable {
    private var buffer: SecretBuffer

    init() throws(SecretMemoryError) { buffer = try SecretBuffer(capacity: 1024) }

    mutating func add(_ name: StaticString, _ text: String) throws(SecretMemoryError) {
        try begin(name)
        try Array(text.utf8).withBytes { bytes throws(SecretMemoryError) in try add(bytes) }
    }

    mutating func add(_ name: StaticString, secret: borrowing SecretBytes) throws(SecretMemoryError) {
        try begin(name)
        try secret.withExposedBytes { span throws(SecretMemoryError) in
            try span.withUnsafeBytes { bytes throws(SecretMemoryError) in try add(bytes) }
        }
    }

    consuming func finish() -> SecretBytes { buffer.finish() }

    private mutating func begin(_ name: StaticString) throws(SecretMemoryError) {
        try buffer.append((buffer.count == 0 ? "" : "&") + "\(name)=")
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) throws(SecretMemoryError) {
        let size = bytes.reduce(0) { $0 + (Self.isUnreserved($1) ? 1 : 3) }
        try buffer.extend(by: size) { target in
            var index = 0
            for byte in bytes {
                if Self.isUnreserved(byte) {
                    target[index] = byte
                    index += 1
                } else {
                    target[index] = UInt8(ascii: "%")
                    target[index + 1] = Self.digit(byte >> 4)
                    target[index + 2] = Self.digit(byte & 15)
                    index += 3
                }
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }
}
