import SecretMemory
import Testing

@testable import EnvelopeCrypto

@Suite struct SealedRecordTests {
    @Test(arguments: RecordVectors.shared.records)
    func `metadata is encoded as the independent program does`(vector: RecordVectors.Record) throws {
        let metadata = try vector.recordMetadata()
        let header: [UInt8] = [1, 2, 3]
        let encoded = try header.withBytes { header throws(EnvelopeError) in
            try metadata.withEncoded(after: header) { Array($0) }
        }
        #expect(encoded.hex == "010203" + vector.metadataBytes)
    }

    @Test(arguments: RecordVectors.shared.records)
    func `sealing with the vector's salt and nonce gives the vector's record`(vector: RecordVectors.Record) throws {
        let record = try SealedRecord.seal(
            secret(hex: vector.pkcs8), metadata: vector.recordMetadata(), under: vector.loadDataKey(),
            salt: #require([UInt8](hex: vector.salt)), nonce: #require([UInt8](hex: vector.nonce)))
        #expect(record.bytes.hex == vector.sealed)
    }

    @Test(arguments: RecordVectors.shared.records)
    func `the vector's record opens to the vector's private key`(vector: RecordVectors.Record) throws {
        let record = try SealedRecord(bytes: #require([UInt8](hex: vector.sealed)))
        let opened = try record.open(metadata: vector.recordMetadata(), under: vector.loadDataKey())
        #expect(exposed(opened).hex == vector.pkcs8)
    }

    @Test(arguments: RecordVectors.shared.records)
    func `the vector's data key has the vector's binding`(vector: RecordVectors.Record) throws {
        let integrityKey = try IntegrityKey(bytes: secret(hex: RecordVectors.shared.integrityKey))
        let vault = try vector.recordMetadata().vaultID
        #expect(try vector.loadDataKey().binding(vault: vault, integrityKey: integrityKey).hex == vector.binding)
    }

    @Test(arguments: RecordVectors.shared.records)
    func `a record with any one byte flipped does not open`(vector: RecordVectors.Record) throws {
        let bytes = try #require([UInt8](hex: vector.sealed))
        let metadata = try vector.recordMetadata()
        let dataKey = try vector.loadDataKey()
        for position in bytes.indices {
            for mask: UInt8 in [0x01, 0x80] {
                var flipped = bytes
                flipped[position] ^= mask
                #expect(throws: EnvelopeError.self) {
                    _ = try SealedRecord(bytes: flipped).open(metadata: metadata, under: dataKey)
                }
            }
        }
    }

    @Test func `a record cut at any length, or with a byte more, does not open`() throws {
        let vector = try #require(RecordVectors.shared.records.first)
        let bytes = try #require([UInt8](hex: vector.sealed))
        for length in 0..<bytes.count {
            #expect(throws: EnvelopeError.self) {
                _ = try SealedRecord(bytes: Array(bytes[..<length]))
                    .open(metadata: vector.recordMetadata(), under: vector.loadDataKey())
            }
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try SealedRecord(bytes: bytes + [0]).open(
                metadata: vector.recordMetadata(), under: vector.loadDataKey())
        }
    }

    @Test func `a change of any one metadata field keeps a record closed`() throws {
        let vector = try #require(RecordVectors.shared.records.first)
        let record = try SealedRecord(bytes: #require([UInt8](hex: vector.sealed)))
        let given = try vector.recordMetadata()
        func changed(
            vaultID: UUIDBytes? = nil, keyID: String? = nil, purpose: UInt8? = nil, scheme: String? = nil,
            usages: [UInt8]? = nil, name: String?? = .none, createdAt: Int64? = nil, publicKey: [UInt8]? = nil
        ) throws -> RecordMetadata {
            try RecordMetadata(
                vaultID: vaultID ?? given.vaultID, keyID: keyID ?? given.keyID, purpose: purpose ?? given.purpose,
                scheme: scheme ?? given.scheme, usages: usages ?? given.usages, name: name ?? given.name,
                createdAtMicroseconds: createdAt ?? given.createdAtMicroseconds, publicKey: publicKey ?? given.publicKey
            )
        }
        let others = [
            try changed(vaultID: .random()), try changed(keyID: String(given.keyID.reversed())),
            try changed(purpose: 1), try changed(scheme: "ec-p256"), try changed(usages: [0, 2]),
            try changed(usages: []), try changed(name: .some("identitY")), try changed(name: .some(nil)),
            try changed(createdAt: given.createdAtMicroseconds + 1), try changed(publicKey: given.publicKey + [0]),
        ]
        for other in others {
            #expect(throws: EnvelopeError.authenticationFailed) {
                _ = try record.open(metadata: other, under: vector.loadDataKey())
            }
        }
    }

    @Test func `another data key, or the same bytes under another id, does not open a record`() throws {
        let vector = try #require(RecordVectors.shared.records.first)
        let record = try SealedRecord(bytes: #require([UInt8](hex: vector.sealed)))
        let id = try #require(UUIDBytes(vector.dataKeyId))
        let otherBytes = try DataKey(id: id, bytes: .random(count: 32))
        let otherID = try DataKey(id: .random(), bytes: secret(hex: vector.dataKey))
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try record.open(metadata: vector.recordMetadata(), under: otherBytes)
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try record.open(metadata: vector.recordMetadata(), under: otherID)
        }
    }

    @Test func `a record of an unknown version or suite is refused by name`() throws {
        var bytes = try #require([UInt8](hex: RecordVectors.shared.records[0].sealed))
        bytes[0] = 2
        #expect(throws: EnvelopeError.malformed("a sealed record of version 2, suite 1; 1 and 1 are known")) {
            _ = try SealedRecord(bytes: bytes)
        }
    }

    @Test func `sealing twice uses a fresh salt and nonce`() throws {
        let vector = RecordVectors.shared.records[0]
        let records = try (0..<2).map { _ in
            try SealedRecord.seal(
                secret(hex: vector.pkcs8), metadata: vector.recordMetadata(), under: vector.loadDataKey()
            ).bytes
        }
        #expect(records[0][18..<50] != records[1][18..<50])
        #expect(records[0][82..<94] != records[1][82..<94])
    }

    @Test func `an empty private key is not sealed`() throws {
        let vector = RecordVectors.shared.records[0]
        #expect(throws: EnvelopeError.self) {
            _ = try SealedRecord.seal(
                SecretBytes.random(count: 0), metadata: vector.recordMetadata(), under: vector.loadDataKey())
        }
    }

    @Test(arguments: [
        ([UInt8](), String(repeating: "n", count: 301), UInt8(0)), ([], "", 0), ([3, 2], nil, 0), ([2, 2], nil, 0),
        ([], nil, 2),
    ])
    func `metadata out of bounds is refused`(usages: [UInt8], name: String?, purpose: UInt8) throws {
        let good = try RecordVectors.shared.records[0].recordMetadata()
        #expect(throws: EnvelopeError.self) {
            _ = try RecordMetadata(
                vaultID: good.vaultID, keyID: good.keyID, purpose: purpose, scheme: good.scheme, usages: usages,
                name: name, createdAtMicroseconds: 0, publicKey: good.publicKey)
        }
    }

    @Test func `a data key of another length than 32 bytes is refused`() throws {
        for count in [0, 16, 31, 33] {
            #expect(throws: EnvelopeError.self) { _ = try DataKey(id: .random(), bytes: .random(count: count)) }
        }
    }
}
