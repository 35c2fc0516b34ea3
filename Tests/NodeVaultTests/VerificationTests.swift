import EnvelopeCrypto
import KeyManagement
import NodeKeys
import SecretMemory
import Testing
import VaultStorage

@testable import NodeVault

@Suite struct VerificationTests {
    @Test func `verifying a whole vault counts every record and finds nothing`() async throws {
        let sample = try await SampleVault()
        let store = try await sample.open(sample.fixture.path)
        for isDeep in [false, true] {
            let seen = Seen()
            let found = try await store.verify(deep: isDeep) { done, total in seen.add(done, of: total) }
            #expect(found.isPassed && found.records == 3)
            #expect(seen.steps.map(\.done) == [1, 2, 3] && seen.steps.allSatisfy { $0.total == 3 })
        }
    }

    @Test func `verifying names the forged row, the record and the data key that fail`() async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        try sample.fixture.tamper(
            """
            UPDATE private_keys SET created_at = created_at + 1 WHERE name = 'third';
            UPDATE data_keys SET created_at = created_at + 1 WHERE rowid = 1;
            """, at: path)
        let store = try await sample.open(path)
        let found = try await store.verify()
        let fullDataKey = try #require(sample.keys[0].dataKeyID?.description)
        #expect(!found.isPassed && found.records == 3 && !found.matchesHead && found.isStructureSound)
        #expect(
            Set(found.forgedRows.map(\.subject)) == [
                "private_keys \(sample.keys[2].keyID)", "data_keys \(fullDataKey)",
            ])
        // The records under the forged data key do not open either.
        #expect(Set(found.failedRecords.map(\.subject)) == Set(sample.keys.map(\.keyID.description)))
        #expect(found.failedDataKeys.map(\.subject) == [fullDataKey])
    }

    @Test func `verifying unwraps every data key anew, also one in the cache`() async throws {
        let sample = try await SampleVault()
        let store = try await sample.open(sample.fixture.path)
        for key in sample.keys { _ = try await store.signs(with: key) }
        sample.fixture.kms.forgetCalls()
        #expect(try await store.verify().isPassed)
        #expect(sample.fixture.kms.calls == [.decrypt, .decrypt])
    }

    @Test func `a record that seals another key's private key is found by verifying deep, and not used`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let (one, two) = (try await store.generate(), try await store.generate())
        try await store.seal(two, under: one)
        #expect(try await store.verify().isPassed)
        let found = try await store.verify(deep: true)
        #expect(found.failedRecords.map(\.subject) == [one.keyID.description])
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.signs(with: one) }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.exported(one) }
        #expect(try await store.signs(with: two))
    }

    @Test func `an inspector tells keys and census without the KMS`() async throws {
        let sample = try await SampleVault()
        sample.fixture.kms.forgetCalls()
        let inspector = try await VaultInspector(at: sample.fixture.path)
        #expect(try await Set(inspector.keys()) == Set(sample.keys))
        #expect(try await inspector.key(sample.keys[1].keyID.description) == sample.keys[1])
        let census = try await inspector.census()
        #expect(census.records == 3 && census.dataKeys.map(\.records).sorted() == [1, 2])
        #expect(census.jobs.map(\.kind) == ["rewrap"] && census.schema == 1 && census.copiesSetAside.isEmpty)
        let error = await #expect(throws: VaultError.self) { try await inspector.key("1220") }
        #expect(error?.code == .keyNotFound)
        #expect(sample.fixture.kms.calls.isEmpty)
    }

    @Test func `an inspector does not fail over data key ids that are none`() async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        try sample.fixture.tamper("UPDATE private_keys SET data_key_id = zeroblob(rowid)", at: path)
        let inspector = try await VaultInspector(at: path)
        await #expect(throws: VaultError.self) { try await inspector.census() }
    }
}

extension KeyStore {
    /// Seals the private key of `source` with all that belongs to `row`'s key, as only who has the data key can.
    fileprivate func seal(_ source: StoredKey, under row: StoredKey) async throws {
        let pkcs8 = try await exportKey(source.keyID)
        let leased = try await dataKey(holding: try #require(row.dataKeyID))
        var stored = try #require(try await self.row(row.keyID.description))
        stored.sealed = try SealedRecord.seal(
            pkcs8.secret, metadata: stored.metadata(vault: vaultID), under: leased.dataKey
        ).bytes
        let (authenticator, changed) = (authenticator, stored)
        try await database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            try transaction.update(changed)
            try transaction.finish()
        }
    }
}
