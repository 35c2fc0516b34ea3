import EnvelopeCrypto
import KeyManagement
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct CacheRefreshTests {
    private let id: UUIDBytes
    private let fixture = CacheFixture()

    init() throws { id = try UUIDBytes.random() }

    @Test func `a data key in use is unwrapped anew before its age, and nobody waits for that`() async throws {
        let leased = try await fixture.dataKey(id)
        fixture.pass(.seconds(269))
        #expect(fixture.unwraps == 1)
        fixture.hold()
        fixture.pass(.seconds(2))
        #expect(await eventually { fixture.unwraps == 2 })
        // Under way: the look-up answers at once all the same, also past the age, and asks no second time.
        #expect(fixture.cache.cached(id) === leased)
        fixture.pass(.seconds(60))
        #expect(fixture.cache.cached(id) === leased)
        fixture.letGo()
        #expect(await eventually { fixture.events[.refresh] == 1 })
        fixture.pass(.seconds(200))
        #expect(fixture.cache.cached(id) === leased && fixture.unwraps == 2)
    }

    @Test func `a use shortly before the age asks for the refresh when the timer has not come by`() async throws {
        let leased = try await fixture.dataKey(id)
        fixture.turn(.seconds(290))
        for _ in 0..<10 { #expect(fixture.cache.cached(id) === leased) }
        #expect(await eventually { fixture.events[.refresh] == 1 })
        #expect(fixture.unwraps == 2)
    }

    @Test func `the copy that a refresh unwraps is wiped, and the one in use once it has left the cache`() async throws
    {
        try await fixture.dataKey(id)
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.events[.refresh] == 1 && fixture.events[.wipe] == 1 })
        fixture.cache.purge()
        #expect(await eventually { fixture.events[.wipe] == 2 })
    }

    @Test func `a data key that nobody has used since its refresh is not refreshed again and leaves at its age`()
        async throws
    {
        try await fixture.dataKey(id)
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.events[.refresh] == 1 })
        fixture.pass(.seconds(299))
        #expect(fixture.cache.count == 1)
        fixture.pass(.seconds(1))
        #expect(fixture.cache.count == 0)
        #expect(fixture.unwraps == 2)
    }

    @Test func `no more than eight refreshes are under way at once, and all have their turn`() async throws {
        var ids: [UUIDBytes] = []
        for _ in 0..<20 {
            ids.append(try UUIDBytes.random())
            try await fixture.dataKey(ids[ids.count - 1])
        }
        fixture.hold()
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.unwraps == 28 })
        fixture.pass(.seconds(30))
        try await Task.sleep(for: .milliseconds(20))
        #expect(fixture.unwraps == 28)
        // Those that wait for their turn are past their age, and still here.
        #expect(ids.allSatisfy { fixture.cache.cached($0) != nil })
        fixture.letGo()
        #expect(await eventually { fixture.events[.refresh] == 20 })
        #expect(fixture.unwraps == 40)
    }

    @Test func `a purge while a data key is refreshed leaves nothing behind`() async throws {
        try await fixture.dataKey(id)
        fixture.hold()
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.unwraps == 2 })
        fixture.cache.purge()
        fixture.letGo()
        #expect(await eventually { fixture.events[.wipe] == 2 })
        #expect(fixture.cache.count == 0 && fixture.cache.cached(id) == nil)
    }

    @Test func `what was unwrapped before a removal does not come back by it`() async throws {
        fixture.hold()
        async let late = fixture.dataKey(id)
        #expect(await eventually { fixture.unwraps == 1 })
        fixture.cache.remove(id)
        fixture.letGo()
        _ = try await late
        #expect(fixture.cache.cached(id) == nil)
    }

    @Test func `a data key that was evicted ends at its age, for the private keys opened with it too`() async throws {
        let fixture = CacheFixture(capacity: 1)
        let leased = try await fixture.dataKey(id)
        try await fixture.dataKey(try UUIDBytes.random())
        #expect(fixture.events[.eviction] == 1)
        fixture.turn(.seconds(299))
        #expect(leased.lifetime.use(at: fixture.cache.now()))
        fixture.turn(.seconds(1))
        #expect(!leased.lifetime.use(at: fixture.cache.now()))
        #expect(fixture.unwraps == 2)
    }

    @Test func `a private key that was used stays ready beyond the age of its data key's first unwrap`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 1)
        let store = try await fixture.open(.quiet.with { $0.cacheMaxAge = .seconds(2) })
        fixture.kms.forgetCalls()
        #expect(try await store.signs(with: keys[0]))
        let ready = store.privateKeys.ready(keys[0].keyID)
        let isRefreshed = await eventually {
            #expect(store.privateKeys.ready(keys[0].keyID) === ready)
            return fixture.unwraps >= 3
        }
        #expect(isRefreshed)
    }

    @Test func `a data key that was rewrapped is refreshed from its new wrapping`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 1)
        let store = try await fixture.open(.quiet.with { $0.cacheMaxAge = .seconds(2) })
        #expect(try await store.signs(with: keys[0]))
        let ready = store.privateKeys.ready(keys[0].keyID)
        let new = try await fixture.makeWrapperKey()
        let old = try #require(try await store.census().dataKeys.first?.wrapperKey)
        _ = try await store.rewrap(to: .key(new))
        try fixture.local.disableKey(try #require(WrapperKeyID(rawValue: old)))
        fixture.kms.forgetCalls()
        let isRefreshed = await eventually {
            #expect(store.privateKeys.ready(keys[0].keyID) === ready)
            return fixture.unwraps >= 2
        }
        #expect(isRefreshed)
    }

    @Test func `a data key is used no more often than one unwrap allows`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 1)
        let store = try await fixture.open(.quiet.with { $0.cacheMaxUses = 3 })
        fixture.kms.forgetCalls()
        for unwraps in [1, 1, 1, 2, 2, 2, 3] {
            #expect(try await store.signs(with: keys[0]))
            #expect(fixture.unwraps == unwraps)
        }
    }
}
