/// What is known of a private key beside its bytes; authenticated with them, so that no row can be changed or swapped.
public struct RecordMetadata: Hashable, Sendable {
    /// The vault that the record belongs to.
    public let vaultID: UUIDBytes
    /// The public key's fingerprint, 68 ASCII characters.
    public let keyID: String
    /// 0 signing, 1 encryption.
    public let purpose: UInt8
    /// The scheme's name, ASCII.
    public let scheme: String
    /// Canton's numbers, strictly ascending; empty for encryption.
    public let usages: [UInt8]
    /// 1 to 300 bytes of UTF-8 as given, or none.
    public let name: String?
    /// Microseconds since 1970 UTC.
    public let createdAtMicroseconds: Int64
    /// SubjectPublicKeyInfo, DER.
    public let publicKey: [UInt8]

    /// Metadata whose fields keep to the bounds above.
    ///
    /// - Throws: ``EnvelopeError`` `.malformed` naming the field that does not.
    public init(
        vaultID: UUIDBytes, keyID: String, purpose: UInt8, scheme: String, usages: [UInt8], name: String?,
        createdAtMicroseconds: Int64, publicKey: [UInt8]
    ) throws(EnvelopeError) {
        guard keyID.utf8.count == 68, keyID.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw .malformed("a key id has 68 ASCII characters")
        }
        guard purpose <= 1 else { throw .malformed("a purpose is 0 or 1") }
        guard !scheme.isEmpty, scheme.utf8.allSatisfy({ $0 < 0x80 }) else { throw .malformed("a scheme is ASCII") }
        guard zip(usages, usages.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .malformed("usages are strictly ascending")
        }
        guard name.map({ (1...300).contains($0.utf8.count) }) ?? true else {
            throw .malformed("a name has 1 to 300 bytes of UTF-8")
        }
        guard !publicKey.isEmpty else { throw .malformed("a public key is not empty") }
        self.vaultID = vaultID
        self.keyID = keyID
        self.purpose = purpose
        self.scheme = scheme
        self.usages = usages
        self.name = name
        self.createdAtMicroseconds = createdAtMicroseconds
        self.publicKey = publicKey
    }

    /// Lends `header` and, behind it, the eight fields, each as a 4-byte big-endian length and its bytes; a missing name is
    /// length 0xFFFFFFFF.
    func withEncoded<R: ~Copyable>(
        after header: UnsafeRawBufferPointer, _ body: (UnsafeMutableRawBufferPointer) throws(EnvelopeError) -> R
    ) throws(EnvelopeError) -> R {
        let lengths = 8 * 4
        let size =
            header.count + lengths + vaultID.bytes.count + keyID.utf8.count + 1 + scheme.utf8.count + usages.count
            + (name?.utf8.count ?? 0) + 8 + publicKey.count
        // On the stack: allocating and filling an array would cost a tenth of opening a record.
        return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer throws(EnvelopeError) in
            var writer = FieldWriter(buffer)
            writer.append(header)
            writer.append(field: vaultID.bytes)
            writer.append(field: keyID.utf8)
            writer.append(field: CollectionOfOne(purpose))
            writer.append(field: scheme.utf8)
            writer.append(field: usages)
            if let name { writer.append(field: name.utf8) } else { writer.append(bigEndian: UInt32.max) }
            writer.append(bigEndian: UInt32(8))
            writer.append(bigEndian: createdAtMicroseconds)
            writer.append(field: publicKey)
            return try body(buffer)
        }
    }
}

/// Writes into memory that has room.
private struct FieldWriter {
    private let target: UnsafeMutableRawBufferPointer
    private var count = 0

    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    mutating func append(_ bytes: some Collection<UInt8>) {
        UnsafeMutableRawBufferPointer(rebasing: target[count...]).copyBytes(from: bytes)
        count += bytes.count
    }

    /// A 4-byte big-endian length and the bytes.
    mutating func append(field: some Collection<UInt8>) {
        append(bigEndian: UInt32(field.count))
        append(field)
    }

    mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
        target.storeBytes(of: value.bigEndian, toByteOffset: count, as: T.self)
        count += MemoryLayout<T>.size
    }
}

extension [UInt8] {
    /// Appends a 4-byte big-endian length and the bytes.
    package mutating func appendField(_ field: some Collection<UInt8>) {
        appendBigEndian(UInt32(field.count))
        append(contentsOf: field)
    }

    /// Appends an integer, most significant byte first.
    package mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
