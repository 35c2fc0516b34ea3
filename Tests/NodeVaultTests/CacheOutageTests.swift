import EnvelopeCrypto
import KeyManagement
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct CacheOutageTests {
    private let id: UUIDBytes
    private let fixture = CacheFixture()

    init() throws { id = try UUIDBytes.random() }

    @Test(arguments: [KMSError.Code.unavailable, .throttled, .timedOut])
    func `data keys in memory outlive their age while the KMS cannot be asked, up to the grace`(
        code: KMSError.Code
    ) async throws {
        let leased = try await fixture.dataKey(id)
        fixture.fail(.kms(code))
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.events[.outage] == 1 })
        fixture.pass(.seconds(300))
        #expect(await eventually { fixture.events[.outage] == 2 })
        #expect(fixture.cache.cached(id) === leased)
        fixture.turn(.seconds(3319))
        #expect(fixture.cache.cached(id) === leased)
        fixture.turn(.seconds(1))
        #expect(fixture.cache.cached(id) == nil)
        await #expect(throws: VaultError.of(VaultError.Code(rawValue: code.rawValue))) { try await fixture.dataKey(id) }
    }

    @Test func `the KMS is asked again during an outage, not at every use, and its answer renews the data key`()
        async throws
    {
        let leased = try await fixture.dataKey(id)
        fixture.fail(.kms(.unavailable))
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.events[.outage] == 1 })
        for _ in 0..<100 { #expect(fixture.cache.cached(id) != nil) }
        fixture.pass(.seconds(9))
        #expect(fixture.unwraps == 2)
        fixture.fail(nil)
        fixture.pass(.seconds(60))
        #expect(await eventually { fixture.events[.refresh] == 1 })
        fixture.turn(.seconds(299))
        #expect(fixture.cache.cached(id) === leased)
    }

    @Test(arguments: [
        KMSError.Code.accessDenied, .disabled, .invalidState, .notFound, .credentials, .invalidCiphertext,
        .auditUnavailable,
    ])
    func `a data key whose refresh is refused is used until its age and no longer`(code: KMSError.Code) async throws {
        let leased = try await fixture.dataKey(id)
        fixture.fail(.kms(code))
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.events[.refusal] == 1 })
        fixture.pass(.seconds(19))
        #expect(fixture.cache.cached(id) === leased)
        fixture.pass(.seconds(1))
        #expect(fixture.cache.count == 0)
        #expect(!leased.lifetime.isUsable(at: fixture.cache.now()))
        #expect(fixture.unwraps == 2)
    }

    @Test func `a refusal that ends an outage ends the use of a data key past its age at once`() async throws {
        try await fixture.dataKey(id)
        fixture.fail(.kms(.unavailable))
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.events[.outage] == 1 })
        fixture.fail(.kms(.accessDenied))
        fixture.pass(.seconds(60))
        #expect(await eventually { fixture.events[.refusal] == 1 })
        #expect(fixture.cache.cached(id) == nil)
    }

    @Test func `without grace a data key ends at its age, whatever the KMS does`() async throws {
        let fixture = CacheFixture { $0.outageGrace = .zero }
        try await fixture.dataKey(id)
        fixture.hold()
        fixture.pass(.seconds(280))
        #expect(await eventually { fixture.unwraps == 2 })
        fixture.turn(.seconds(20))
        #expect(fixture.cache.cached(id) == nil)
        fixture.letGo()
    }

    @Test func `an outage is warned of once, and the next one again`() async throws {
        let ids = try (0..<5).map { _ in try UUIDBytes.random() }
        for id in ids { try await fixture.dataKey(id) }
        for outage in 1...2 {
            fixture.fail(.kms(.unavailable))
            fixture.pass(.seconds(280))
            #expect(await eventually { fixture.events[.outage] == outage * 5 })
            #expect(fixture.warnings.messages.count == outage)
            fixture.fail(nil)
            fixture.pass(.seconds(30))
            #expect(await eventually { fixture.events[.refresh] == outage * 5 })
            for id in ids { #expect(fixture.cache.cached(id) != nil) }
        }
        #expect(
            fixture.warnings.messages.allSatisfy {
                $0.hasPrefix("the KMS cannot be asked, so data keys in memory stay in use beyond their age")
            })
    }

    @Test(arguments: [
        (KMSError.Code.unavailable, true), (.throttled, true), (.accessDenied, false), (.disabled, false),
        (.invalidState, false),
    ])
    func `a node signs on through an outage of the KMS, and stops when the KMS refuses`(
        code: KMSError.Code, signsOn: Bool
    ) async throws {
        let fixture = try Fixture()
        let keys = try await fixture.fill(keys: 1)
        let store = try await fixture.open(.quiet.with { $0.cacheMaxAge = .seconds(2) })
        fixture.kms.forgetCalls()
        #expect(try await store.signs(with: keys[0]))
        fixture.kms.fail([.decrypt], with: code)
        if signsOn {
            let end = ContinuousClock.now.advanced(by: .milliseconds(2500))
            while ContinuousClock.now < end {
                #expect(try await store.signs(with: keys[0]))
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(fixture.unwraps > 2)
        } else {
            let isRefused = await eventually {
                do { return try await !store.signs(with: keys[0]) } catch {
                    return (error as? VaultError) == .of(VaultError.Code(rawValue: code.rawValue))
                }
            }
            #expect(isRefused)
            fixture.kms.failNothing()
            #expect(try await store.signs(with: keys[0]))
        }
    }
}
