import KeyManagement
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct CacheOpeningTests {
    @Test func `opening unwraps all data keys when asked to, and none otherwise`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 6, perDataKey: 2)
        for (preloads, calls) in [(false, 1), (true, 4)] {
            fixture.kms.forgetCalls()
            let store = try await fixture.open(.quiet.with { $0.preloadsDataKeys = preloads })
            // The integrity key's own unwrap counts one.
            #expect(fixture.unwraps == calls)
            for key in keys { #expect(try await store.signs(with: key)) }
            #expect(fixture.unwraps == 4)
            try await store.close()
        }
    }

    @Test func `opening fails when a data key cannot be preloaded`() async throws {
        let fixture = try Fixture()
        _ = try await fixture.fill(keys: 3)
        fixture.kms.fail(call: 3, with: .accessDenied)
        await #expect(throws: VaultError.of("access-denied")) {
            try await fixture.open(.quiet.with { $0.preloadsDataKeys = true })
        }
    }

    @Test func `a reload takes the bounds of the cache over`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 1)
        let store = try await fixture.open()
        try store.changeConfiguration { _, options in options.cacheMaxUses = 1 }
        store.applyCacheBounds(isShorter: false)
        fixture.kms.forgetCalls()
        for unwraps in 1...3 {
            #expect(try await store.signs(with: keys[0]))
            #expect(fixture.unwraps == unwraps)
        }
    }

    @Test func `a data key that another process rotated leaves memory at once`() async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 2)
        let (store, other) = (try await fixture.open(), try await fixture.open())
        for key in keys { #expect(try await store.signs(with: key)) }
        let held = store.dataKeys.ids
        _ = try await other.rotateDataKeys()
        #expect(await eventually { store.dataKeys.ids.allSatisfy { !held.contains($0) } })
        for key in keys { #expect(try await store.signs(with: key)) }
    }
}
