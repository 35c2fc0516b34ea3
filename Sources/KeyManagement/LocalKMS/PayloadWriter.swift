import SecretMemory

/// Writes a key file's payload: numbers big-endian, texts with a 4-byte length before them.
///
/// The payload is written twice, first without a target to learn its size: secret memory does not grow.
struct PayloadWriter {
    private let target: UnsafeMutableRawBufferPointer?
    private(set) var count = 0

    /// Runs `body` once to measure and once to write.
    static func write(
        _ body: (inout PayloadWriter) throws(LocalFailure) -> Void
    ) throws(LocalFailure) -> SecretBytes {
        var measure = PayloadWriter(target: nil)
        try body(&measure)
        var payload = try LocalFailure.zeroedSecret(count: measure.count)
        try payload.withUnsafeMutableBytes { buffer throws(LocalFailure) in
            var writer = PayloadWriter(target: buffer)
            try body(&writer)
        }
        return payload
    }

    private init(target: UnsafeMutableRawBufferPointer?) { self.target = target }

    mutating func add(number: some FixedWidthInteger) { add(bytes: number.bigEndianBytes) }

    mutating func add(text: String) {
        let bytes = Array(text.utf8)
        add(number: UInt32(bytes.count))
        add(bytes: bytes)
    }

    mutating func add(bytes: [UInt8]) {
        bytes.withBytes { add($0) }
    }

    mutating func add(secret: borrowing SecretBytes) {
        secret.withExposedBytes { span in span.withUnsafeBytes { add($0) } }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        if let target {
            // Rebased slices are checked against the buffer's bounds.
            UnsafeMutableRawBufferPointer(rebasing: target[count..<count + bytes.count]).copyMemory(from: bytes)
        }
        count += bytes.count
    }
}
