import SecretMemory

/// Secret bytes that grow while they arrive.
struct SecretBuffer: ~Copyable {
    private var storage: SecretBytes
    private(set) var count = 0

    init(capacity: Int) throws(SecretMemoryError) { storage = try SecretBytes(zeroedCount: capacity) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SecretMemoryError) {
        try extend(by: bytes.count) { target in target.copyMemory(from: bytes) }
    }

    mutating func append(_ text: String) throws(SecretMemoryError) {
        try Array(text.utf8).withBytes { bytes throws(SecretMemoryError) in try append(bytes) }
    }

    /// Lets `write` fill `extra` more bytes.
    mutating func extend(
        by extra: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(SecretMemoryError) {
        if count + extra > storage.count {
            var larger = try SecretBytes(zeroedCount: max(2 * storage.count, count + extra))
            larger.withUnsafeMutableBytes { target in
                storage.withExposedBytes { span in span.withUnsafeBytes { target.copyMemory(from: $0) } }
            }
            storage = larger
        }
        storage.withUnsafeMutableBytes { write(UnsafeMutableRawBufferPointer(rebasing: $0[count..<count + extra])) }
        count += extra
    }

    /// The bytes as they are now.
    consuming func finish() -> SecretBytes {
        storage.truncate(to: count)
        return storage
    }
}
