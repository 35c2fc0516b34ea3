import KeyManagement
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct CachePreloadTests {
    @Test func `preloading makes one call a data key, however many keys lie under it, and uses need no other`()
        async throws
    {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 12, perDataKey: 3)
        let store = try await fixture.open(.quiet)
        fixture.kms.forgetCalls()
        let seen = Seen()
        #expect(try await store.preloadDataKeys(concurrency: 3) { seen.add($0, of: $1) } == 4)
        #expect(fixture.kms.calls == [.decrypt, .decrypt, .decrypt, .decrypt])
        #expect(seen.steps.map(\.done) == [1, 2, 3, 4] && seen.steps.allSatisfy { $0.total == 4 })
        for key in keys { #expect(try await store.signs(with: key)) }
        #expect(try await store.preloadDataKeys() == 4)
        #expect(fixture.kms.calls.count == 4)
    }

    @Test(arguments: [1, 3]) func `preloading has no more calls under way than were asked for`(most: Int) async throws {
        let fixture = try Fixture()
        _ = try await fixture.fill(keys: 8)
        let store = try await fixture.open(.quiet)
        let before = fixture.sink.lines.count
        fixture.kms.slowDown(by: .milliseconds(20))
        try await store.preloadDataKeys(concurrency: most)
        var (underWay, peak) = (0, 0)
        for line in fixture.sink.lines.dropFirst(before) {
            underWay += line.contains("Sending request") ? 1 : -1
            peak = max(peak, underWay)
        }
        #expect(peak == most && underWay == 0)
    }

    @Test func `preloading takes no more data keys than the cache holds, those made last`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 5)
        let store = try await fixture.open(.quiet.with { $0.cacheCapacity = 2 })
        fixture.kms.forgetCalls()
        #expect(try await store.preloadDataKeys() == 2)
        for key in keys.suffix(2) { #expect(try await store.signs(with: key)) }
        #expect(fixture.unwraps == 2)
    }

    @Test func `preloading fails with the KMS, and a number of calls that makes no sense is refused`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 3)
        let store = try await fixture.open(.quiet)
        fixture.kms.fail([.decrypt], with: .throttled)
        await #expect(throws: VaultError.of("throttled")) { try await store.preloadDataKeys() }
        fixture.kms.failNothing()
        #expect(try await store.signs(with: keys[0]))
        for concurrency in [0, 65] {
            await #expect(throws: VaultError.of(.invalidArgument)) {
                try await store.preloadDataKeys(concurrency: concurrency)
            }
        }
    }

    @Test func `a clear vault has nothing to preload`() async throws {
        let store = try await Fixture().createClear()
        _ = try await store.generate()
        #expect(try await store.preloadDataKeys() == 0)
    }

    @Test func `memory pressure, once told, empties the caches, and the store works on`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 2)
        let store = try await fixture.open(.quiet)
        for key in keys { #expect(try await store.signs(with: key)) }
        #expect(store.relieveMemoryPressure() == (2, 2))
        #expect(store.dataKeys.count == 0 && store.privateKeys.count == 0)
        #expect(try await store.signs(with: keys[0]))
    }
}
