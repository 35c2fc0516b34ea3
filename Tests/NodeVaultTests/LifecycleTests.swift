import EnvelopeCrypto
import KMSConformance
import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

@Suite struct LifecycleTests {
    @Test func `a vault is made, filled, closed and opened again`() async throws {
        let fixture = try Fixture()
        let created = try await KeyStore.create(
            at: fixture.path, node: "participants.p", kms: fixture.audited, options: .quiet)
        #expect(created.createdWrapperKey && created.wrapperKey?.account == LocalKMS.account)
        let key = try await created.keys.generate(name: "root")
        try await created.keys.close()

        let opened = try await fixture.open()
        #expect(opened.vaultID == created.keys.vaultID && opened.node == "participants.p" && !opened.isClear)
        #expect(try await opened.keys() == [key])
        #expect(try await opened.signs(with: key))
        #expect(try await opened.verify(deep: true).isPassed)
        let census = try await opened.census()
        #expect(census.wrapperKey == created.wrapperKey?.rawValue && census.createdWrapperKey)
        #expect(census.records == 1 && census.clearRecords == 0 && census.dataKeys.map(\.records) == [1])
    }

    @Test func `a closed store refuses every call as closed, and closing again is nothing`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        try await store.close()
        try await store.close()
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await store.keys() }, { _ = try await store.key(key.keyID) }, { _ = try await store.generate() },
            { _ = try await store.signs(with: key) }, { _ = try await store.exported(key) },
            { _ = try await store.renameKey(key.keyID, to: "n") }, { try await store.deleteKey(key.keyID) },
            { _ = try await store.census() }, { _ = try await store.verify() },
            { _ = try await store.rewrap(to: .currentKey) },
        ]
        for call in calls { await #expect(throws: VaultError.of(.closed)) { try await call() } }
    }

    @Test func `a store can be closed while it is in use: each call is answered or refused as closed`() async throws {
        for _ in 0..<10 {
            let fixture = try Fixture()
            let store = try await fixture.create()
            let key = try await store.generate()
            let failures = await withTaskGroup(of: VaultError?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do throws(VaultError) {
                            if number == 10 { try await store.close() }
                            store.purge()
                            _ = try await store.sign(KeyStore.message, with: key.keyID)
                            _ = try await store.generate()
                            return nil
                        } catch { return error }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(failures.allSatisfy { $0 == nil || $0?.code == .closed })
            let opened = try await fixture.open()
            #expect(try await opened.verify().isPassed)
        }
    }

    @Test func `an encrypted vault does not open without a KMS, and a clear one not with a KMS`() async throws {
        let (encrypted, clear) = (try Fixture(), try Fixture())
        try await encrypted.create().close()
        try await clear.createClear().close()
        await #expect(throws: VaultError.of(.configuration)) {
            try await KeyStore.open(at: encrypted.path, kms: nil, options: .quiet)
        }
        await #expect(throws: VaultError.of(.notEncrypted)) { try await clear.open() }
        #expect(try await KeyStore.open(at: clear.path, kms: nil, options: .quiet).isClear)
    }

    @Test func `a clear vault works, never calls a KMS, and says that it is clear`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.createClear()
        #expect(store.isClear)
        let key = try await store.generate(.ecP256, name: "before")
        let other = try await store.generate()
        #expect(try await store.signs(with: key))
        let pkcs8 = try await store.exported(key)
        #expect(try await store.renameKey(key.keyID, to: "after").name == "after")
        #expect(try await store.exported(key) == pkcs8)
        try await store.deleteKey(other.keyID)
        try await store.close()

        let opened = try await KeyStore.open(at: fixture.path, kms: nil, options: .quiet)
        #expect(try await opened.keys().map(\.name) == ["after"])
        #expect(try await opened.exported(key) == pkcs8)
        #expect(try await opened.verify().isPassed)
        let census = try await opened.census()
        #expect(census.clearRecords == 1 && census.records == 0 && census.dataKeys.isEmpty && census.wrapperKey == nil)
        await #expect(throws: VaultError.of(.notEncrypted)) { try await opened.rewrap(to: .currentKey) }
        #expect(fixture.kms.calls.isEmpty)
    }

    @Test func `a clear vault whose keys were swapped exports, signs and verifies nothing`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.createClear()
        let (one, two) = (try await store.generate(), try await store.generate())
        try fixture.tamper(
            """
            CREATE TEMP TABLE kept AS SELECT key_id, sealed FROM private_keys;
            UPDATE private_keys SET sealed = (SELECT sealed FROM kept WHERE kept.key_id <> private_keys.key_id);
            """)
        for key in [one, two] {
            await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.exported(key) }
            await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.signs(with: key) }
        }
        #expect(try await store.verify().failedRecords.count == 2)
    }

    @Test func `what is no vault, or is missing, is named so and not made`() async throws {
        let fixture = try Fixture()
        await #expect(throws: VaultError.of("vault-missing")) { try await fixture.open() }
        try fixture.folder.write(Array("text".utf8), to: "vault")
        await #expect(throws: VaultError.of("not-a-vault")) { try await fixture.open() }
        await #expect(throws: VaultError.of("vault-exists")) { try await fixture.create() }
        #expect(fixture.kms.calls.isEmpty)
    }

    @Test(arguments: ["", String(repeating: "n", count: 301), "a\0b"])
    func `a node's name out of bounds is refused before the KMS is asked`(node: String) async throws {
        let fixture = try Fixture()
        await #expect(throws: VaultError.of(.invalidArgument)) {
            try await KeyStore.create(at: fixture.path, node: node, kms: fixture.audited, options: .quiet)
        }
        #expect(fixture.kms.calls.isEmpty)
    }

    @Test func `a wrapper key that is disabled or unknown makes no vault`() async throws {
        let fixture = try Fixture()
        let key = try await fixture.makeWrapperKey()
        try fixture.local.disableKey(key)
        await #expect(throws: VaultError.of("wrapper-key-disabled")) { try await fixture.create(under: key) }
        let unknown = try #require(WrapperKeyID(rawValue: "alias/none"))
        await #expect(throws: VaultError.of("wrapper-key-not-found")) { try await fixture.create(under: unknown) }
        await #expect(throws: VaultError.of("vault-missing")) { try await fixture.open() }
    }

    @Test func `another vault's LocalKMS file does not open a vault`() async throws {
        let (fixture, other) = (try Fixture(), try Fixture())
        try await fixture.create().close()
        await #expect(throws: VaultError.self) {
            try await KeyStore.open(at: fixture.path, kms: other.audited, options: .quiet)
        }
    }
}
