import COpenSSL
package import SecretMemory

/// HKDF with SHA-256 for outputs of one block. Source: RFC 5869.
package enum HKDF {
    /// The most that one block of output holds, in bytes.
    package static let maximumCount = CryptoEngine.digestSize

    /// Extracts and expands `count` bytes, at most 32. An empty salt counts as 32 zero bytes.
    package static func derive(
        from key: borrowing SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(EnvelopeError) -> SecretBytes {
        precondition(count <= maximumCount, "one block of HKDF-SHA256 has 32 bytes")
        var pseudorandomKey = try SecretBytes.zeroed(CryptoEngine.digestSize)
        var output = try SecretBytes.zeroed(CryptoEngine.digestSize)
        try key.withExposedBytes { key throws(EnvelopeError) in
            try key.withUnsafeBytes { key throws(EnvelopeError) in
                try CryptoEngine.use { engine throws(EnvelopeError) in
                    try pseudorandomKey.withUnsafeMutableBytes { extracted throws(EnvelopeError) in
                        try output.withUnsafeMutableBytes { expanded throws(EnvelopeError) in
                            guard let extracted = extracted.baseAddress, let expanded = expanded.baseAddress else {
                                return
                            }
                            try salt.withBytes { salt throws(EnvelopeError) in
                                try engine.extract(key, salt: salt, into: extracted)
                            }
                            try engine.expand(extracted, into: expanded) { $0.add(info) }
                        }
                    }
                }
            }
        }
        output.truncate(to: count)
        return output
    }
}

extension CryptoEngine {
    /// HKDF-Extract into 32 bytes.
    func extract(
        _ key: UnsafeRawBufferPointer, salt: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer
    ) throws(EnvelopeError) {
        try authenticate(key: salt, into: output) { $0.add(key) }
    }

    /// HKDF-Expand to 32 bytes, one block, with the info that `feed` adds.
    func expand(
        _ pseudorandomKey: UnsafeRawPointer, into output: UnsafeMutableRawPointer, feed: (CryptoEngine) -> Void
    ) throws(EnvelopeError) {
        let key = UnsafeRawBufferPointer(start: pseudorandomKey, count: Self.digestSize)
        try authenticate(key: key, into: output) { engine in
            feed(engine)
            withUnsafeBytes(of: UInt8(1)) { engine.add($0) }
        }
    }
}

extension SecretBytes {
    /// Allocates zero bytes, with the error of this room.
    static func zeroed(_ count: Int) throws(EnvelopeError) -> SecretBytes {
        do { return try SecretBytes(zeroedCount: count) } catch { throw .secretMemory(error.description) }
    }
}
