import KMSConformance
import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

@Suite struct ConfigurationReloadTests {
    /// A vault that was made and opened as a configuration says, with `count` keys under as many data keys.
    private static func vault(_ lines: String, count: Int = 3) async throws -> (
        ConfigurationFixture, KeyStore, [StoredKey]
    ) {
        let fixture = try ConfigurationFixture(crypto: lines)
        let quiet = VaultConfiguration.Surroundings(logger: KeyStoreOptions.quiet.logger)
        let made = try await KeyStore.create(try fixture.load("canton.participants.p.crypto.\(Self.one)"), quiet).keys
        var keys: [StoredKey] = []
        for _ in 0..<count { keys.append(try await made.generate()) }
        try await made.close()
        return (fixture, try await KeyStore.open(try fixture.load(), quiet), keys)
    }

    private static let one = "private-key-store.data-keys.max-records=1"
    private static let cache = "private-key-store.cache"

    @Test func `a smaller capacity drops what is too much at once`() async throws {
        let (fixture, store, keys) = try await Self.vault("")
        for key in keys { #expect(try await store.signs(with: key)) }
        #expect(store.dataKeys.count == 3 && store.privateKeys.count == 3)
        try fixture.write(crypto: "\(Self.cache).capacity = 2")
        let reload = try store.reload(try fixture.load())
        #expect(reload == ConfigurationReload(applied: ["\(Self.cache).capacity"], needsRestart: []))
        #expect(store.dataKeys.count == 2 && store.privateKeys.count == 2)
        #expect(store.privateKeys.ready(keys[0].keyID) == nil)
        try fixture.write(crypto: "\(Self.cache).capacity = 3")
        try store.reload(try fixture.load())
        for key in keys { #expect(try await store.signs(with: key)) }
        #expect(store.dataKeys.count == 3 && store.privateKeys.count == 3)
    }

    @Test func `a shorter age drops what is cached, and bounds what comes after`() async throws {
        let (fixture, store, keys) = try await Self.vault("")
        #expect(try await store.signs(with: keys[0]))
        try fixture.write(crypto: "\(Self.cache).max-age = 100 ms")
        #expect(try store.reload(try fixture.load()).applied == ["\(Self.cache).max-age"])
        #expect(store.dataKeys.count == 0 && store.privateKeys.count == 0)
        #expect(try await store.signs(with: keys[0]))
        // Nobody looks: the timer alone drops it.
        #expect(await eventually { store.dataKeys.count == 0 && store.privateKeys.count == 0 })
    }

    @Test func `a longer age leaves what is cached where it is`() async throws {
        let (fixture, store, keys) = try await Self.vault("\(Self.cache).max-age = 10s")
        #expect(try await store.signs(with: keys[0]))
        try fixture.write(crypto: "\(Self.cache).max-age = 1h")
        #expect(try store.reload(try fixture.load()).applied == ["\(Self.cache).max-age"])
        #expect(store.dataKeys.count == 1 && store.privateKeys.count == 1)
        #expect(store.dataKeys.expiryFromNow > .now + .seconds(1800))
    }

    @Test func `new data keys are made as the reload says`() async throws {
        let (fixture, store, _) = try await Self.vault("", count: 0)
        for _ in 0..<2 { _ = try await store.generate() }
        #expect(try await store.census().dataKeys.count == 1)
        try fixture.write(crypto: "private-key-store.data-keys { max-records = 1, source = local }")
        let reload = try store.reload(try fixture.load())
        #expect(reload.applied == ["private-key-store.data-keys.source", "private-key-store.data-keys.max-records"])
        for _ in 0..<2 { _ = try await store.generate() }
        #expect(try await store.census().dataKeys.count == 3)
    }

    @Test func `what cannot change is told until the vault is opened anew, and stays as it was`() async throws {
        let (fixture, store, keys) = try await Self.vault("", count: 1)
        let change = [
            "\(Self.cache).arena-size = 8MiB", "kms.multi-region-key = yes", "\(Self.cache).capacity = 9",
        ]
        try fixture.write(crypto: change.joined(separator: "\n"))
        let changed = try fixture.load()
        let needed = ["kms.multi-region-key", "\(Self.cache).arena-size"]
        #expect(
            try store.reload(changed)
                == ConfigurationReload(applied: ["\(Self.cache).capacity"], needsRestart: needed))
        #expect(try store.reload(changed) == ConfigurationReload(applied: [], needsRestart: needed))
        #expect(store.options.arenaSizeInBytes == 4 << 20 && store.options.cacheCapacity == 9)
        #expect(try await store.signs(with: keys[0]))
        try fixture.write(crypto: "\(Self.cache).capacity = 9")
        #expect(try store.reload(try fixture.load()).isEmpty)
    }

    @Test func `another spelling of the same value is no change`() async throws {
        let (fixture, store, _) = try await Self.vault("\(Self.cache).max-age = 5m", count: 0)
        let path = fixture.folder.file("p.vault")
        try fixture.write(
            crypto: "\(Self.cache).max-age = 300 seconds, private-key-store.storage.file = \"\(path)\"",
            "private-key-store.data-keys.max-records = 1024, kms.audit-logging = off")
        #expect(try store.reload(try fixture.load()).isEmpty)
    }

    @Test func `the configuration of another node, and a store without one, are refused`() async throws {
        let (fixture, store, _) = try await Self.vault("", count: 0)
        let other = try ConfigurationFixture("canton.participants.other.crypto.kms.type = local").load()
        #expect(throws: VaultError.of(.configuration)) { try store.reload(other) }
        #expect(store.options.cacheCapacity == 1024)
        let bare = try await Fixture().create()
        #expect(throws: VaultError.of(.configuration)) { try bare.reload(try fixture.load()) }
        try await store.close()
        #expect(throws: VaultError.of(.closed)) { try store.reload(try fixture.load()) }
    }
}
