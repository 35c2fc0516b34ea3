import COpenSSL

/// A random UUID (RFC 9562, version 4) as its 16 bytes: the id of a vault, a data key or a job.
public struct UUIDBytes: Hashable, Sendable, CustomStringConvertible {
    /// 16 bytes, in the order of the text form.
    public let bytes: [UInt8]

    /// Takes exactly 16 bytes; nil otherwise.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads the text form, 8-4-4-4-12 hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = [UInt8](hex: parts.joined()) else { return nil }
        self.bytes = bytes
    }

    /// A fresh id from OpenSSL's public random generator.
    ///
    /// - Throws: ``EnvelopeError`` `.randomUnavailable` when the generator fails.
    public static func random() throws(EnvelopeError) -> UUIDBytes {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&bytes, 16) == 1 else { throw .randomUnavailable }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return UUIDBytes(unchecked: bytes)
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// The text form in lower case.
    public var description: String {
        let hex = bytes.hex
        var text = ""
        for (index, digit) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
