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
        let encoded = metadata.encoded
        var record = [version, suite] + dataKey.id.bytes + salt + [UInt8](repeating: 0, count: 32) + nonce
        record.append(contentsOf: repeatElement(0, count: plaintext.count + CryptoEngine.tagSize))
        try record.withMutableBytes { record throws(EnvelopeError) in
            guard let start = record.baseAddress else { return }
            try deriveKeys(prefixAndSalt: start, metadata: encoded, dataKey: dataKey) {
                engine, key, commitment throws(EnvelopeError) in
                (start + commitmentOffset).copyMemory(from: commitment, byteCount: 32)
                try plaintext.withExposedBytes { plaintext throws(EnvelopeError) in
                    try plaintext.withUnsafeBytes { plaintext throws(EnvelopeError) in
                        try engine.seal(
                            plaintext, key: key, nonce: start + nonceOffset,
                            authenticating: { authenticate(start, encoded, with: $0) }, into: start + headerSize)
                    }
                }
            }
        }
        return try SealedRecord(bytes: record)
    }

    /// Opens the record into secret memory.
    ///
    /// - Parameter metadata: what the record was sealed with; one changed byte, and it does not open.
    /// - Throws: ``EnvelopeError`` `.authenticationFailed` for a wrong key, changed metadata or tampering alike.
    public func open(
        metadata: RecordMetadata, under dataKey: borrowing DataKey
    ) throws(EnvelopeError) -> SecretBytes {
        let encoded = metadata.encoded
        let length = bytes.count - Self.overhead
        guard bytes[2..<18].elementsEqual(dataKey.id.bytes) else { throw .authenticationFailed }
        var plaintext = try SecretBytes.zeroed(length)
        try bytes.withBytes { record throws(EnvelopeError) in
            guard let start = record.baseAddress else { throw .authenticationFailed }
            try Self.deriveKeys(prefixAndSalt: start, metadata: encoded, dataKey: dataKey) {
                engine, key, commitment throws(EnvelopeError) in
                guard CRYPTO_memcmp(commitment, start + Self.commitmentOffset, 32) == 0 else {
                    throw .authenticationFailed
                }
                try plaintext.withUnsafeMutableBytes { plaintext throws(EnvelopeError) in
                    let ciphertext = UnsafeRawBufferPointer(start: start + Self.headerSize, count: length)
                    try engine.open(
                        ciphertext, tag: start + Self.headerSize + length, key: key, nonce: start + Self.nonceOffset,
                        authenticating: { Self.authenticate(start, encoded, with: $0) }, into: plaintext.baseAddress)
                }
            }
        }
        return plaintext
    }

    /// Derives the record key and the commitment and lends both for the time of `body`.
    ///
    /// PRK = HKDF-Extract(salt, data key); each output = HKDF-Expand(PRK, label ‖ bytes 0 to 17 ‖ SHA-256(metadata), 32).
    private static func deriveKeys(
        prefixAndSalt start: UnsafeRawPointer, metadata: [UInt8], dataKey: borrowing DataKey,
        _ body: (CryptoEngine, _ key: UnsafeRawPointer, _ commitment: UnsafeRawPointer) throws(EnvelopeError) -> Void
    ) throws(EnvelopeError) {
        // PRK, record key, commitment: 32 bytes each; then the digest of the metadata, which is no secret.
        var secrets = try SecretBytes.zeroed(4 * 32)
        try dataKey.bytes.withExposedBytes { dataKey throws(EnvelopeError) in
            try dataKey.withUnsafeBytes { dataKey throws(EnvelopeError) in
                try secrets.withUnsafeMutableBytes { secrets throws(EnvelopeError) in
                    guard let extracted = secrets.baseAddress else { return }
                    let key = extracted + 32
                    let commitment = extracted + 64
                    let digest = UnsafeRawBufferPointer(start: extracted + 96, count: 32)
                    let prefix = UnsafeRawBufferPointer(start: start, count: prefixSize)
                    try CryptoEngine.use { engine throws(EnvelopeError) in
                        try engine.hash(into: extracted + 96) { $0.add(metadata) }
                        let salt = UnsafeRawBufferPointer(start: start + saltOffset, count: 32)
                        try engine.extract(dataKey, salt: salt, into: extracted)
                        for (label, output) in [(recordKeyLabel, key), (commitmentLabel, commitment)] {
                            try engine.expand(extracted, into: output) { engine in
                                engine.add(label)
                                engine.add(prefix)
                                engine.add(digest)
                            }
                        }
                        try body(engine, key, commitment)
                    }
                }
            }
        }
    }

    /// Adds the additional authenticated data: bytes 0 to 93 and the metadata.
    private static func authenticate(_ start: UnsafeRawPointer, _ metadata: [UInt8], with engine: CryptoEngine) -> Bool
    {
        engine.authenticate(UnsafeRawBufferPointer(start: start, count: headerSize))
            && metadata.withBytes { engine.authenticate($0) }
    }
}
