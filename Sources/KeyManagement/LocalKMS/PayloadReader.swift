import SecretMemory

/// Reads a key file's payload strictly: every step is checked against the payload's end.
struct PayloadReader {
    private var offset = 0

    mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self, in payload: RawSpan
    ) throws(LocalFailure) -> Number {
        Number(bigEndianBytes: try bytes(count: MemoryLayout<Number>.size, in: payload))
    }

    /// Bytes that are no secret.
    mutating func bytes(count: Int, in payload: RawSpan) throws(LocalFailure) -> [UInt8] {
        let range = try take(count, in: payload)
        return range.map { payload.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }

    mutating func text(in payload: RawSpan) throws(LocalFailure) -> String {
        let count = try number(UInt32.self, in: payload)
        guard let text = String(validating: try bytes(count: Int(count), in: payload), as: UTF8.self) else {
            throw Self.malformed
        }
        return text
    }

    mutating func secret(count: Int, in payload: RawSpan) throws(LocalFailure) -> SecretBytes {
        let range = try take(count, in: payload)
        do { return try SecretBytes(copying: payload.extracting(range)) } catch { throw LocalFailure(error) }
    }

    func finish(in payload: RawSpan) throws(LocalFailure) {
        guard offset == payload.byteCount else { throw Self.malformed }
    }

    private mutating func take(_ count: Int, in payload: RawSpan) throws(LocalFailure) -> Range<Int> {
        guard count <= payload.byteCount - offset else { throw Self.malformed }
        defer { offset += count }
        return offset..<offset + count
    }

    /// The seal opened, so a program wrote this: not this version of ours.
    static let malformed = LocalFailure(
        .damagedFile, "the key file opens, but its content is malformed; restore it from a backup")
}
