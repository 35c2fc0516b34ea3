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

    /// The eight fields, each as a 4-byte big-endian length and its bytes; a missing name is length 0xFFFFFFFF.
    package var encoded: [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(192 + publicKey.count + (name?.utf8.count ?? 0))
        bytes.appendField(vaultID.bytes)
        bytes.appendField(keyID.utf8)
        bytes.appendField(CollectionOfOne(purpose))
        bytes.appendField(scheme.utf8)
        bytes.appendField(usages)
        if let name { bytes.appendField(name.utf8) } else { bytes.appendBigEndian(UInt32.max) }
        bytes.appendBigEndian(UInt32(8))
        bytes.appendBigEndian(UInt64(bitPattern: createdAtMicroseconds))
        bytes.appendField(publicKey)
        return bytes
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
