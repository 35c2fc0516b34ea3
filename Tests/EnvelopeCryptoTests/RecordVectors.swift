import EnvelopeCrypto
import Foundation
import Testing
import SecretMemory

/// `Vectors/record-v1.json`: records sealed by an independent program.
struct RecordVectors: Decodable {
    struct Metadata: Decodable {
        let vaultId: String
        let keyId: String
        let purpose: UInt8
        let scheme: String
        let usages: [UInt8]
        let name: String?
        let createdAtMicros: Int64
        let publicKey: String
    }

    struct Record: Decodable, CustomTestStringConvertible {
        let metadata: Metadata
        let dataKeyId: String
        let dataKey: String
        let salt: String
        let nonce: String
        let pkcs8: String
        let metadataBytes: String
        let sealed: String
        let binding: String

        var testDescription: String { "\(metadata.scheme) \(metadata.keyId.suffix(8))" }

        func recordMetadata() throws -> RecordMetadata {
            try RecordMetadata(
                vaultID: #require(UUIDBytes(metadata.vaultId)), keyID: metadata.keyId, purpose: metadata.purpose,
                scheme: metadata.scheme, usages: metadata.usages, name: metadata.name,
                createdAtMicroseconds: metadata.createdAtMicros, publicKey: #require([UInt8](hex: metadata.publicKey)))
        }

        func loadDataKey() throws -> DataKey {
            try DataKey(id: #require(UUIDBytes(dataKeyId)), bytes: secret(hex: dataKey))
        }
    }

    let integrityKey: String
    let records: [Record]

    static let shared: RecordVectors = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/record-v1.json")
        guard let data = try? Data(contentsOf: file), let vectors = try? JSONDecoder().decode(Self.self, from: data)
        else { preconditionFailure("the vectors at \(file.path) cannot be read") }
        return vectors
    }()
}

/// A secret from hexadecimal digits.
func secret(hex: String) throws -> SecretBytes {
    let bytes = try #require([UInt8](hex: hex))
    return try SecretBytes(copying: bytes.span.bytes)
}

/// The bytes of a secret, for comparisons in tests.
func exposed(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withExposedBytes { span in span.withUnsafeBytes { Array($0) } }
}
