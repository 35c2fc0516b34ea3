import COpenSSL
public import SecretMemory

/// A private key sealed under a data key, version 1.
///
/// Layout, big-endian, without padding: version 1 ‖ suite 1 ‖ data key id 16 ‖ salt 32 ‖ commitment 32 ‖ nonce 12 ‖
/// ciphertext ‖ tag 16. `docs/envelope-format.md` has it byte by byte.
public struct SealedRecord: Hashable, Sendable {
    /// The whole record.
    public let bytes: [UInt8]

    static let version: UInt8 = 1
    static let suite: UInt8 = 1
    private static let prefixSize = 18
    private static let saltOffset = 18
    private static let commitmentOffset = 50
    private static let nonceOffset = 82
    /// Bytes before the ciphertext.
    package static let headerSize = 94
    /// Bytes of a record beyond its plaintext.
    package static let overhead = headerSize + CryptoEngine.tagSize

    private static let recordKeyLabel = Array("nodevault/1/record-key".utf8)
    private static let commitmentLabel = Array("nodevault/1/commitment".utf8)

    /// Takes the bytes of a record of a known version and suite.
    ///
    /// - Throws: ``EnvelopeError`` `.malformed` when it is too short, or of another version or suite.
    public init(bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.count > Self.overhead else {
            throw .malformed("a sealed record has more than \(Self.overhead) bytes, not \(bytes.count)")
        }
        guard bytes[0] == Self.version, bytes[1] == Self.suite else {
            throw .malformed("a sealed record of version \(bytes[0]), suite \(bytes[1]); 1 and 1 are known")
        }
        self.bytes = bytes
    }

    /// The data key that the record was sealed under, as it says itself: not authenticated before it opens.
    public var dataKeyID: UUIDBytes? { UUIDBytes(bytes: Array(bytes[2..<18])) }

    /// Seals `plaintext` with fresh salt and nonce.
    public static func seal(
        _ plaintext: borrowing SecretBytes, metadata: RecordMetadata, under dataKey: borrowing DataKey
    ) throws(EnvelopeError) -> SealedRecord {
        let random = try randomBytes(32 + CryptoEngine.nonceSize)
        return try seal(
            plaintext, metadata: metadata, under: dataKey, salt: Array(random[..<32]), nonce: Array(random[32...]))
    }

    /// Seals with the given salt and nonce: only known-answer tests may choose them.
    package static func seal(
        _ plaintext: borrowing SecretBytes, metadata: RecordMetadata, under dataKey: borrowing DataKey, salt: [UInt8],
        nonce: [UInt8]
    ) throws(EnvelopeError) -> SealedRecord {
        guard plaintext.count > 0 else { throw .malformed("an empty private key cannot be sealed") }
        var header = [version, suite] + dataKey.id.bytes + salt + [UInt8](repeating: 0, count: 32) + nonce
        var text = [UInt8](repeating: 0, count: plaintext.count + CryptoEngine.tagSize)
        try header.withMutableBytes { header throws(EnvelopeError) in
            try metadata.withEncoded(after: UnsafeRawBufferPointer(header)) { data throws(EnvelopeError) in
                guard let start = data.baseAddress else { return }
                let data = UnsafeRawBufferPointer(data)
                try deriveKeys(data, dataKey) { engine, key, commitment throws(EnvelopeError) in
                    (start + commitmentOffset).copyMemory(from: commitment, byteCount: 32)
                    try plaintext.withExposedBytes { plaintext throws(EnvelopeError) in
                        try plaintext.withUnsafeBytes { plaintext throws(EnvelopeError) in
                            try text.withMutableBytes { text throws(EnvelopeError) in
                                guard let text = text.baseAddress else { return }
                                try engine.seal(
                                    plaintext, key: key, nonce: start + nonceOffset, authenticatedData: data, into: text
                                )
                            }
                        }
                    }
                }
                header.copyMemory(from: UnsafeRawBufferPointer(rebasing: data[..<headerSize]))
            }
        }
        return try SealedRecord(bytes: header + text)
    }

    /// Opens the record into secret memory.
    ///
    /// - Parameter metadata: what the record was sealed with; one changed byte, and it does not open.
    /// - Throws: ``EnvelopeError`` `.authenticationFailed` for a wrong key, changed metadata or tampering alike.
    public func open(
        metadata: RecordMetadata, under dataKey: borrowing DataKey
    ) throws(EnvelopeError) -> SecretBytes {
        var plaintext = try SecretBytes.zeroed(bytes.count - Self.overhead)
        try bytes.withBytes { record throws(EnvelopeError) in
            let header = UnsafeRawBufferPointer(rebasing: record[..<Self.headerSize])
            let text = UnsafeRawBufferPointer(rebasing: record[Self.headerSize...])
            guard let start = header.baseAddress, memcmp(start + 2, dataKey.id.bytes, 16) == 0 else {
                throw .authenticationFailed
            }
            try metadata.withEncoded(after: header) { data throws(EnvelopeError) in
                let data = UnsafeRawBufferPointer(data)
                try Self.deriveKeys(data, dataKey) { engine, key, commitment throws(EnvelopeError) in
                    guard CRYPTO_memcmp(commitment, start + Self.commitmentOffset, 32) == 0 else {
                        throw .authenticationFailed
                    }
                    try plaintext.withUnsafeMutableBytes { plaintext throws(EnvelopeError) in
                        try engine.open(
                            text, key: key, nonce: start + Self.nonceOffset, authenticatedData: data,
                            into: plaintext.baseAddress)
                    }
                }
            }
        }
        return plaintext
    }

    /// Derives the record key and the commitment and lends both for the time of `body`.
    ///
    /// PRK = HKDF-Extract(salt, data key); each output = HKDF-Expand(PRK, label ‖ bytes 0 to 17 ‖ SHA-256(metadata), 32).
    ///
    /// - Parameter data: what GCM authenticates beside the text: bytes 0 to 93, then the metadata.
    private static func deriveKeys(
        _ data: UnsafeRawBufferPointer, _ dataKey: borrowing DataKey,
        _ body: (CryptoEngine, _ key: UnsafeRawPointer, _ commitment: UnsafeRawPointer) throws(EnvelopeError) -> Void
    ) throws(EnvelopeError) {
        let prefix = UnsafeRawBufferPointer(rebasing: data[..<prefixSize])
        let salt = UnsafeRawBufferPointer(rebasing: data[saltOffset..<commitmentOffset])
        let metadata = UnsafeRawBufferPointer(rebasing: data[headerSize...])
        try dataKey.bytes.withExposedBytes { dataKey throws(EnvelopeError) in
            try dataKey.withUnsafeBytes { dataKey throws(EnvelopeError) in
                try CryptoEngine.use { engine throws(EnvelopeError) in
                    // 32 bytes each; the digest of the metadata is no secret.
                    let (extracted, key) = (engine.secrets, engine.secrets + 32)
                    let (commitment, digest) = (engine.secrets + 64, engine.secrets + 96)
                    try engine.hash(into: digest) { $0.add(metadata) }
                    try engine.extract(dataKey, salt: salt, into: extracted)
                    func expand(_ label: [UInt8], into output: UnsafeMutableRawPointer) throws(EnvelopeError) {
                        try engine.expand(extracted, into: output) { engine in
                            engine.add(label)
                            engine.add(prefix)
                            engine.add(UnsafeRawBufferPointer(start: digest, count: 32))
                        }
                    }
                    try expand(recordKeyLabel, into: key)
                    try expand(commitmentLabel, into: commitment)
                    try body(engine, key, commitment)
                }
            }
        }
    }
}
