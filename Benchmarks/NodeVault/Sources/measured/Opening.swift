import EnvelopeCrypto
import Foundation
import NodeVault
import SecretMemory

/// Opening the sealed record of an Ed25519 key, with its data key in memory.
///
/// Leaves the data key, the record and the encoded metadata in three files, for the bare program to open.
final class Opening: Operation {
    private let record: SealedRecord
    private let metadata: RecordMetadata
    private let dataKey: DataKey

    init(_ arguments: [String]) throws {
        guard arguments.count == 3 else { throw Failure("name files for key, record and metadata") }
        let dataKeyID = try UUIDBytes.random()
        let secret = [UInt8](0..<32)
        dataKey = try DataKey(id: dataKeyID, bytes: SecretBytes(copying: secret.span.bytes))
        metadata = try RecordMetadata(
            vaultID: .random(), keyID: "1220" + String(repeating: "5a", count: 32), purpose: 0, scheme: "ed25519",
            usages: [3], name: "node-ed25519", createdAtMicroseconds: 1_700_000_000_000_000,
            publicKey: [UInt8](repeating: 0x30, count: 44))
        let pkcs8 = Ed25519Key.pkcs8(seed: secret)
        record = try SealedRecord.seal(SecretBytes(copying: pkcs8.span.bytes), metadata: metadata, under: dataKey)
        for (path, bytes) in zip(arguments, [secret, record.bytes, encodedMetadata]) {
            try Data(bytes).write(to: URL(filePath: path))
        }
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            let opened = try record.open(metadata: metadata, under: dataKey)
            precondition(opened.count == 48)
        }
    }

    /// The metadata as `docs/envelope-format.md` has them.
    private var encodedMetadata: [UInt8] {
        let createdAt = withUnsafeBytes(of: metadata.createdAtMicroseconds.bigEndian) { Array($0) }
        let fields: [[UInt8]] = [
            metadata.vaultID.bytes, Array(metadata.keyID.utf8), [metadata.purpose], Array(metadata.scheme.utf8),
            metadata.usages, Array((metadata.name ?? "").utf8), createdAt, metadata.publicKey,
        ]
        return fields.flatMap { field in withUnsafeBytes(of: UInt32(field.count).bigEndian) { Array($0) } + field }
    }
}

/// Ed25519 private keys in PKCS#8 version 1 (RFC 8410).
enum Ed25519Key {
    static func pkcs8(seed: [UInt8]) -> [UInt8] {
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20] + seed
    }
}
