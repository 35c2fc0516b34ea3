import COpenSSL
public import SecretMemory

/// A 256-bit AES key that seals a bounded group of private keys.
public struct DataKey: ~Copyable, Sendable {
    /// Names the key in records and in its encryption context.
    public let id: UUIDBytes
    package let bytes: SecretBytes

    /// A data key's length in bytes.
    public static let sizeInBytes = 32

    /// Takes 32 secret bytes.
    ///
    /// - Throws: ``EnvelopeError`` `.malformed` for any other length.
    public init(id: UUIDBytes, bytes: consuming SecretBytes) throws(EnvelopeError) {
        guard bytes.count == Self.sizeInBytes else {
            throw .malformed("a data key has 32 bytes, not \(bytes.count)")
        }
        self.id = id
        self.bytes = bytes
    }

    /// What ties the data key to its vault and to the vault's integrity key; 32 bytes, stored beside the wrapping and
    /// compared after every unwrap.
    package borrowing func binding(
        vault: UUIDBytes, integrityKey: borrowing IntegrityKey
    ) throws(EnvelopeError) -> [UInt8] {
        let info = Array("nodevault/1/binding".utf8) + vault.bytes + id.bytes + (try integrityKey.digest())
        let derived = try HKDF.derive(from: bytes, salt: [], info: info, count: 32)
        return derived.withExposedBytes { span in span.withUnsafeBytes { Array($0) } }
    }
}

/// Whether two byte strings are equal, in time that depends on their lengths alone.
package func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
