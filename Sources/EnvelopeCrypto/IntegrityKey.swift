public import SecretMemory

/// The 256-bit key that authenticates every row of a vault, and its head.
public struct IntegrityKey: ~Copyable, Sendable {
    package let bytes: SecretBytes

    /// Takes 32 secret bytes.
    ///
    /// - Throws: ``EnvelopeError`` `.malformed` for any other length.
    public init(bytes: consuming SecretBytes) throws(EnvelopeError) {
        guard bytes.count == 32 else { throw .malformed("an integrity key has 32 bytes, not \(bytes.count)") }
        self.bytes = bytes
    }

    /// SHA-256 of the key, an ingredient of each data key's binding. Never stored.
    borrowing func digest() throws(EnvelopeError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        try withPointer { key throws(EnvelopeError) in
            try output.withMutableBytes { output throws(EnvelopeError) in
                guard let target = output.baseAddress else { return }
                try CryptoEngine.use { engine throws(EnvelopeError) in
                    try engine.hash(into: target) { $0.add(key) }
                }
            }
        }
        return output
    }

    /// HMAC-SHA-256 over a row in canonical form.
    package borrowing func rowMAC(_ canonicalRow: [UInt8]) throws(EnvelopeError) -> RowMAC {
        var mac = RowMAC.zero
        try withPointer { key throws(EnvelopeError) in
            try mac.withUnsafeMutableBytes { output throws(EnvelopeError) in
                try CryptoEngine.use { engine throws(EnvelopeError) in
                    try engine.authenticate(key: key, into: output) { $0.add(canonicalRow) }
                }
            }
        }
        return mac
    }

    private borrowing func withPointer(
        _ body: (UnsafeRawBufferPointer) throws(EnvelopeError) -> Void
    ) throws(EnvelopeError) {
        try bytes.withExposedBytes { span throws(EnvelopeError) in
            try span.withUnsafeBytes { pointer throws(EnvelopeError) in try body(pointer) }
        }
    }
}
