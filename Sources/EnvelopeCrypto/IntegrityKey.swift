public import SecretMemory

/// The 256-bit key that authenticates every row of a vault, and its head.
public struct IntegrityKey: ~Copyable, Sendable {
    package let bytes: SecretBytes
    /// Turns the stored code of a row into what the head sums up.
    private let elementKey: SecretBytes

    /// Takes 32 secret bytes.
    ///
    /// - Throws: ``EnvelopeError`` `.malformed` for any other length.
    public init(bytes: consuming SecretBytes) throws(EnvelopeError) {
        guard bytes.count == 32 else { throw .malformed("an integrity key has 32 bytes, not \(bytes.count)") }
        elementKey = try HKDF.derive(from: bytes, salt: [], info: Array("nodevault/1/head-element".utf8), count: 32)
        self.bytes = bytes
    }

    /// SHA-256 of the key, an ingredient of each data key's binding. Never stored.
    borrowing func digest() throws(EnvelopeError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        try Self.withPointer(bytes) { key throws(EnvelopeError) in
            try output.withMutableBytes { output throws(EnvelopeError) in
                guard let target = output.baseAddress else { return }
                try CryptoEngine.use { engine throws(EnvelopeError) in
                    try engine.hash(into: target) { $0.add(key) }
                }
            }
        }
        return output
    }

    /// The code of a row in canonical form, and its element of the head.
    package borrowing func code(ofRow canonicalRow: [UInt8]) throws(EnvelopeError) -> RowCode {
        let mac = try Self.authenticate(canonicalRow, under: bytes)
        return RowCode(mac: mac, element: try Self.authenticate(mac.bytes, under: elementKey))
    }

    /// HMAC-SHA-256 of a text that no row's canonical form can be: it begins with a label that names no table.
    borrowing func authenticate(_ text: [UInt8], label: String) throws(EnvelopeError) -> [UInt8] {
        var labelled = [UInt8]()
        labelled.appendField(label.utf8)
        return try Self.authenticate(labelled + text, under: bytes).bytes
    }

    private static func authenticate(
        _ text: [UInt8], under key: borrowing SecretBytes
    ) throws(EnvelopeError) -> RowMAC {
        var mac = RowMAC.zero
        try withPointer(key) { key throws(EnvelopeError) in
            try mac.withUnsafeMutableBytes { output throws(EnvelopeError) in
                try CryptoEngine.use { engine throws(EnvelopeError) in
                    try engine.authenticate(key: key, into: output) { $0.add(text) }
                }
            }
        }
        return mac
    }

    private static func withPointer(
        _ key: borrowing SecretBytes, _ body: (UnsafeRawBufferPointer) throws(EnvelopeError) -> Void
    ) throws(EnvelopeError) {
        try key.withExposedBytes { span throws(EnvelopeError) in
            try span.withUnsafeBytes { pointer throws(EnvelopeError) in try body(pointer) }
        }
    }
}
