import EnvelopeCrypto
import KeyManagement
import NodeKeys
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct CacheTests {
    private static func unwraps(_ fixture: Fixture) -> Int { fixture.kms.calls.filter { $0 == .decrypt }.count }

    /// A reopened vault of three keys under three data keys, whose KMS calls are counted from zero.
    private static func vault(_ options: KeyStoreOptions) async throws -> (Fixture, KeyStore, [StoredKey]) {
        let fixture = try Fixture()
        let store = try await fixture.create(options.with { $0.maxRecordsPerDataKey = 1 })
        var keys: [StoredKey] = []
        for _ in 0..<3 { keys.append(try await store.generate()) }
        try await store.close()
        let opened = try await fixture.open(options)
        fixture.kms.forgetCalls()
        return (fixture, opened, keys)
    }

    @Test func `a data key is unwrapped once, however often and by however many it is used`() async throws {
        let (fixture, store, keys) = try await Self.vault(.quiet)
        fixture.kms.slowDown(by: .milliseconds(20))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { try await store.signs(with: keys[0]) } }
            for try await signs in group { #expect(signs) }
        }
        #expect(Self.unwraps(fixture) == 1)
        _ = try await store.exported(keys[0])
        #expect(Self.unwraps(fixture) == 1)
        _ = try await store.signs(with: keys[1])
        #expect(Self.unwraps(fixture) == 2)
    }

    @Test func `a failed unwrap fails all who wait for it and is not kept`() async throws {
        let (fixture, store, keys) = try await Self.vault(.quiet)
        fixture.kms.slowDown(by: .milliseconds(20))
        fixture.kms.fail([.decrypt])
        let failures = await withTaskGroup(of: VaultError?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await store.signs(with: keys[0])
                        return nil
                    } catch { return error as? VaultError }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(failures.allSatisfy { $0 == .of("kms-unavailable") && $0?.isRetryable == true })
        fixture.kms.fail([])
        #expect(try await store.signs(with: keys[0]))
    }

    @Test func `no more data keys and ready keys are kept than the capacity, the least recently used goes`()
        async throws
    {
        let (fixture, store, keys) = try await Self.vault(.quiet.with { $0.cacheCapacity = 2 })
        for key in [keys[0], keys[1], keys[0], keys[2]] { _ = try await store.exported(key) }
        #expect(Self.unwraps(fixture) == 3)
        for key in [keys[0], keys[2]] { _ = try await store.exported(key) }
        #expect(Self.unwraps(fixture) == 3)
        _ = try await store.exported(keys[1])
        #expect(Self.unwraps(fixture) == 4)

        for key in [keys[0], keys[1], keys[0], keys[2]] { _ = try await store.signs(with: key) }
        #expect(keys.map { store.privateKeys.ready($0.keyID) != nil } == [true, false, true])
    }

    @Test func `a data key that is too old is unwrapped anew, for ready private keys too`() async throws {
        let (fixture, store, keys) = try await Self.vault(.quiet.with { $0.cacheMaxAge = .milliseconds(300) })
        #expect(try await store.signs(with: keys[0]))
        #expect(Self.unwraps(fixture) == 1)
        #expect(
            try await eventually {
                _ = try await store.signs(with: keys[0])
                return Self.unwraps(fixture) == 2
            })
        let (other, lasting, kept) = try await Self.vault(.quiet)
        for _ in 0..<10 { _ = try await lasting.signs(with: kept[0]) }
        #expect(Self.unwraps(other) == 1)
    }

    @Test func `a key that nobody uses leaves the cache at its age, too`() async throws {
        let (fixture, store, keys) = try await Self.vault(.quiet.with { $0.cacheMaxAge = .milliseconds(100) })
        #expect(try await store.signs(with: keys[0]))
        // Looking into the caches would drop it: the count alone is read.
        #expect(await eventually { store.privateKeys.count == 0 && store.dataKeys.count == 0 })
        #expect(Self.unwraps(fixture) >= 1)
    }

    @Test func `a purge drops every key, also one that is being unwrapped`() async throws {
        let (fixture, store, keys) = try await Self.vault(.quiet)
        _ = try await store.signs(with: keys[0])
        store.purge()
        _ = try await store.signs(with: keys[0])
        #expect(Self.unwraps(fixture) == 2)
        store.purge()
        fixture.kms.slowDown(by: .milliseconds(100))
        async let signed = store.signs(with: keys[0])
        #expect(await eventually { Self.unwraps(fixture) == 3 })
        store.purge()
        #expect(try await signed)
        fixture.kms.slowDown(by: nil)
        _ = try await store.signs(with: keys[0])
        #expect(Self.unwraps(fixture) == 4)
    }

    @Test func `after closing no data key is left in the cache, also when one was being unwrapped`() async throws {
        let (fixture, store, keys) = try await Self.vault(.quiet)
        fixture.kms.slowDown(by: .milliseconds(100))
        let signing = Task { try await store.signs(with: keys[0]) }
        #expect(await eventually { Self.unwraps(fixture) == 1 })
        try await store.close()
        _ = await signing.result
        for key in keys { #expect(key.dataKeyID.flatMap { store.dataKeys.cached($0) } == nil) }
        #expect(store.privateKeys.ready(keys[0].keyID) == nil)
    }

    @Test func `a cache drops the least recently used entry and keeps the others`() {
        var cache = LeastRecentlyUsed<Int, String>(capacity: 3)
        for key in 1...3 { cache.insert("\(key)", for: key) }
        #expect(cache.value(for: 1) == "1")
        cache.insert("4", for: 4)
        #expect(cache.value(for: 2) == nil && cache.count == 3)
        cache.insert("one", for: 1)
        cache.remove(3)
        cache.remove(3)
        #expect(cache.value(for: 1) == "one" && cache.value(for: 4) == "4" && cache.count == 2)
        for key in 5...100 { cache.insert("\(key)", for: key) }
        #expect(Set(cache.values) == ["98", "99", "100"])
        cache.removeAll()
        #expect(cache.count == 0 && cache.value(for: 100) == nil)
        cache.insert("again", for: 1)
        #expect(cache.values == ["again"])
    }
}
