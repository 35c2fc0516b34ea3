import EnvelopeCrypto
import SecretMemory

/// One version of a wrapper key's secret.
final class KeyMaterial: Sendable {
    /// 32 bytes, shown as 64 hexadecimal digits.
    let id: [UInt8]
    /// 32 bytes.
    let secret: SecretBytes
    let createdAt: Timestamp

    init(id: [UInt8], secret: consuming SecretBytes, createdAt: Timestamp) {
        self.id = id
        self.secret = secret
        self.createdAt = createdAt
    }

    convenience init(createdAt: Timestamp) throws(LocalFailure) {
        let id = try LocalFailure.mapping { () throws(EnvelopeError) in try randomBytes(32) }
        self.init(id: id, secret: try LocalFailure.randomSecret(count: 32), createdAt: createdAt)
    }
}
