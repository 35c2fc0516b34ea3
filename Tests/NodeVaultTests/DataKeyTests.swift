import EnvelopeCrypto
import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

@Suite struct DataKeyTests {
    private static let two = KeyStoreOptions.quiet.with { $0.maxRecordsPerDataKey = 2 }

    @Test func `a full data key gives way to a new one, and deleting makes no room`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(Self.two)
        let keys = [try await store.generate(), try await store.generate(), try await store.generate()]
        #expect(keys[0].dataKeyID == keys[1].dataKeyID && keys[1].dataKeyID != keys[2].dataKeyID)
        try await store.deleteKey(keys[0].keyID)
        try await store.deleteKey(keys[2].keyID)
        let fourth = try await store.generate()
        let renamed = try await store.renameKey(keys[1].keyID, to: "n")
        #expect(fourth.dataKeyID == keys[2].dataKeyID)
        #expect(renamed.dataKeyID != keys[1].dataKeyID && renamed.dataKeyID != fourth.dataKeyID)
        let census = try await store.census()
        #expect(census.dataKeys.count == 3)
        #expect(census.dataKeys.filter { $0.state == .active }.map(\.id) == [renamed.dataKeyID])
        for key in [keys[1], fourth] { #expect(try await store.signs(with: key)) }
        #expect(try await store.verify(deep: true).isPassed)
    }

    @Test func `many tasks at once never pass the bound, lose no key, and make no data key in vain`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(Self.two)
        fixture.kms.slowDown(by: .milliseconds(1))
        let made = try await withThrowingTaskGroup(of: StoredKey.self) { group in
            for _ in 0..<50 { group.addTask { try await store.generate() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(made.map(\.keyID)).count == 50)
        #expect(Set(try await store.keys()) == Set(made))
        let highest: Int64? = try fixture.value("SELECT max(sealed_count) FROM data_keys")
        #expect(highest == 2)
        #expect(fixture.kms.calls.filter { $0 == .generateDataKey }.count == 1 + 25)
        #expect(try await store.verify().isPassed)
    }

    @Test func `several stores on one vault share its data keys within the bound`() async throws {
        let fixture = try Fixture()
        let first = try await fixture.create(Self.two)
        let stores = [first, try await fixture.open(Self.two), try await fixture.open(Self.two)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores {
                group.addTask { for _ in 0..<6 { _ = try await store.generate() } }
            }
            try await group.waitForAll()
        }
        let highest: Int64? = try fixture.value("SELECT max(sealed_count) FROM data_keys")
        #expect(highest == 2)
        #expect(try await first.keys().count == 18)
        #expect(try await first.verify().isPassed)
    }

    @Test func `data keys can be drawn here and wrapped by Encrypt alone`() async throws {
        let fixture = try Fixture()
        fixture.kms.fail([.generateDataKey])
        let store = try await fixture.create(.quiet.with { $0.dataKeySource = .local })
        let key = try await store.generate()
        #expect(fixture.kms.calls.contains(.encrypt) && !fixture.kms.calls.contains(.generateDataKey))
        try await store.close()
        #expect(try await fixture.open().signs(with: key))
        await #expect(throws: VaultError.of("kms-unavailable")) {
            try await Fixture(folder: nil).failing([.encrypt]).create(.quiet.with { $0.dataKeySource = .local })
        }
    }

    @Test(arguments: [0, 31, 32, 33])
    func `a KMS that unwraps to other bytes opens neither vault nor record`(count: Int) async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        store.purge()
        fixture.kms.tell(.plaintext(count: count))
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.signs(with: key) }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.exported(key) }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.generate() }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await fixture.open() }
        #expect(try await store.verify().failedDataKeys.map(\.subject) == [key.dataKeyID?.description])
        fixture.kms.tell(nil)
        #expect(try await store.signs(with: key))
        #expect(try await store.keys() == [key])
    }

    @Test func `a KMS that answers for another key is refused`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(Self.two)
        let keys = [try await store.generate(), try await store.generate()]
        store.purge()
        let before = try fixture.dump()
        fixture.kms.tell(.account("111111111111"))
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.signs(with: keys[0]) }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.generate() }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await fixture.open() }
        #expect(try fixture.dump() == before)
    }

    @Test func `two data keys whose wrappings were swapped are not each other's`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(Self.two)
        var keys: [StoredKey] = []
        for _ in 0..<3 { keys.append(try await store.generate()) }
        store.purge()
        try fixture.tamper(
            """
            CREATE TEMP TABLE kept AS SELECT id, wrapped, binding FROM data_keys;
            UPDATE data_keys SET wrapped = (SELECT wrapped FROM kept WHERE kept.id <> data_keys.id),
                binding = (SELECT binding FROM kept WHERE kept.id <> data_keys.id);
            """)
        for key in keys {
            await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.signs(with: key) }
        }
    }
}

extension Fixture {
    /// The same, with a KMS that fails.
    func failing(_ operations: Set<KMSOperation>) -> Fixture {
        kms.fail(operations)
        return self
    }
}
