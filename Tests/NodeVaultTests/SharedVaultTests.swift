import NodeKeys
import Testing

@testable import NodeVault

/// Two stores on one vault, as two processes have them.
@Suite struct SharedVaultTests {
    @Test func `a key deleted by one store leaves the other's cache`() async throws {
        let fixture = try Fixture()
        let first = try await fixture.create()
        let second = try await fixture.open()
        let key = try await first.generate()
        #expect(try await second.keepsReady(key))
        try await first.deleteKey(key.keyID)
        #expect(await eventually { second.privateKeys.ready(key.keyID) == nil })
        await #expect(throws: VaultError.of(.keyNotFound)) { try await second.signs(with: key) }
    }

    @Test func `a key renamed by one store is told anew by the other, and keys that stayed are kept`() async throws {
        let fixture = try Fixture()
        let first = try await fixture.create()
        let second = try await fixture.open()
        let (key, other) = (try await first.generate(name: "before"), try await first.generate())
        #expect(try await second.keepsReady(key))
        #expect(try await second.keepsReady(other))
        _ = try await first.renameKey(key.keyID, to: "after")
        #expect(try await second.key(key.keyID).name == "after")
        #expect(await eventually { second.privateKeys.ready(key.keyID) == nil })
        #expect(second.privateKeys.ready(other.keyID) != nil)
        #expect(try await second.signs(with: key))
    }

    @Test func `a row forged in the file leaves the cache, and is refused then`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        #expect(try await store.keepsReady(key))
        try fixture.tamper("UPDATE private_keys SET usages = x'05'")
        #expect(await eventually { store.privateKeys.ready(key.keyID) == nil })
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.signs(with: key) }
    }

    @Test func `a key made by one store is at once another's`() async throws {
        let fixture = try Fixture()
        let first = try await fixture.create()
        let second = try await fixture.open()
        for _ in 0..<5 {
            #expect(try await second.signs(with: try await first.generate()))
            #expect(try await first.signs(with: try await second.generate()))
        }
        #expect(try await first.keys() == second.keys())
        #expect(try await first.verify().isPassed)
    }

    @Test func `opening with leave to upgrade works beside others where nothing is to be upgraded`() async throws {
        let fixture = try Fixture()
        let first = try await fixture.create()
        let key = try await first.generate()
        let second = try await KeyStore.open(at: fixture.path, kms: fixture.audited, options: .quiet, upgrade: true)
        #expect(try await second.signs(with: key))
        await #expect(throws: VaultError.of("busy")) {
            try await KeyStore.upgrade(at: fixture.path, kms: fixture.audited, options: .quiet)
        }
        try await first.close()
        try await second.close()
        let upgrade = try await KeyStore.upgrade(at: fixture.path, kms: fixture.audited, options: .quiet)
        #expect(upgrade == SchemaUpgrade(from: 1, to: 1, setAside: nil))
    }
}

extension KeyStore {
    /// Uses a key until it is in the cache: one that is opened just as a change is noticed is not put in.
    fileprivate func keepsReady(_ key: StoredKey) async throws -> Bool {
        try await eventually { try await signs(with: key) && privateKeys.ready(key.keyID) != nil }
    }
}
