import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

/// The KMS fails at one call of a rewrap after another; the same command takes the work up again.
@Suite struct RewrapInterruptionTests {
    /// Creating, describing, two calls of the probe, and two for each of the integrity key and two data keys.
    enum Kind: CaseIterable, Sendable {
        case toKey, toNewKey, toCurrentKey
        var callCount: Int { self == .toNewKey ? 10 : 9 }
    }

    @Test(arguments: Kind.allCases)
    func `a rewrap that the KMS interrupted at any call loses nothing and is taken up again`(kind: Kind) async throws {
        for call in 1...kind.callCount {
            let fixture = try Fixture()
            let old = try await fixture.makeWrapperKey()
            let store = try await fixture.create(under: old, .quiet.with { $0.maxRecordsPerDataKey = 1 })
            let keys = [try await store.generate(), try await store.generate()]
            let destination: RewrapDestination
            switch kind {
            case .toKey: destination = .key(try await fixture.makeWrapperKey())
            case .toNewKey: destination = .newKey(WrapperKeyTemplate())
            case .toCurrentKey:
                try fixture.local.rotateKeyOnDemand(old)
                destination = .currentKey
            }
            let before = try fixture.dump()
            fixture.kms.fail(call: call)
            await #expect(throws: VaultError.of("kms-unavailable"), "call \(call)") {
                try await store.rewrap(to: destination, concurrency: 1)
            }
            if call <= kind.callCount - 4 {
                let after = try fixture.dump()
                #expect(after["data_keys"] == before["data_keys"], "call \(call)")
                // That a key was to be created is on record, and nothing else.
                #expect(kind == .toNewKey || after == before, "call \(call)")
                #expect(try await store.census().wrapperKey == old.rawValue, "call \(call)")
            }
            store.purge()
            for key in keys { #expect(try await store.signs(with: key), "call \(call)") }
            #expect(try await store.verify().isPassed, "call \(call)")
            let made = try await store.generate()
            try await store.close()

            fixture.kms.forgetCalls()
            let again = try await fixture.open()
            let report = try await again.rewrap(to: destination, concurrency: 1)
            // Nothing is done twice: what was left, by two calls each.
            #expect(fixture.kms.calls.filter { $0 == .reEncrypt }.count == report.done, "call \(call)")
            #expect(report.done <= 4)
            let census = try await again.census()
            #expect(census.jobs.map(\.state) == ["done"], "call \(call)")
            #expect(Set(census.dataKeys.map(\.wrapperKey)) == [report.target?.rawValue], "call \(call)")
            if kind == .toNewKey, call > 2 { #expect(!fixture.kms.calls.contains(.createKey), "call \(call)") }
            if kind != .toCurrentKey { try fixture.local.disableKey(old) }
            again.purge()
            for key in keys + [made] { #expect(try await again.signs(with: key), "call \(call)") }
            #expect(try await again.verify(deep: true).isPassed, "call \(call)")
        }
    }

    @Test func `a rewrap whose end alone is missing is ended by the same command`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        _ = try await store.generate()
        let target = try await fixture.makeWrapperKey()
        _ = try await store.rewrap(to: .key(target))
        try await store.reopenJob()
        let report = try await store.rewrap(to: .key(target))
        #expect(report.done == 0 && report.total == 0)
        #expect(try await store.census().jobs.map(\.state) == ["done"])
        await #expect(throws: VaultError.of(.wrapperKeyInUse)) { try await store.rewrap(to: .key(target)) }
    }

    @Test func `a rewrap to a third key ends an interrupted one to a second`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        let (second, third) = (try await fixture.makeWrapperKey(), try await fixture.makeWrapperKey())
        fixture.kms.fail(call: 6)
        await #expect(throws: VaultError.self) { try await store.rewrap(to: .key(second)) }
        #expect(try await store.census().jobs.map(\.state) == ["running"])
        let report = try await store.rewrap(to: .key(third))
        #expect(report.source == second && report.target == third)
        let census = try await store.census()
        #expect(census.jobs.map(\.state) == ["done", "done"])
        #expect(census.dataKeys.allSatisfy { $0.wrapperKey == third.rawValue })
        try fixture.local.disableKey(second)
        store.purge()
        #expect(try await store.signs(with: key))
    }

    @Test func `a KMS that wraps under another key than asked for is refused, and old wrappings stay`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        let target = try await fixture.makeWrapperKey()
        fixture.kms.tell(.accountInRewrapping("111111111111"))
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.rewrap(to: .key(target)) }
        fixture.kms.tell(.plaintext(count: 32))
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.rewrap(to: .key(target)) }
        fixture.kms.tell(nil)
        store.purge()
        #expect(try await store.signs(with: key))
        #expect(try await store.rewrap(to: .key(target)).done == 2)
        #expect(try await store.verify().isPassed)
    }

    @Test func `a cancelled rewrap stops, and is taken up again`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(.quiet.with { $0.maxRecordsPerDataKey = 1 })
        for _ in 0..<5 { _ = try await store.generate() }
        let target = try await fixture.makeWrapperKey()
        fixture.kms.slowDown(by: .milliseconds(5))
        let task = Task { try await store.rewrap(to: .key(target), concurrency: 1) }
        #expect(await eventually { fixture.kms.calls.filter { $0 == .reEncrypt }.count >= 2 })
        task.cancel()
        await #expect(throws: VaultError.of(.cancelled)) { try await task.value }
        #expect(try await store.verify().isPassed)
        fixture.kms.slowDown(by: nil)
        #expect(try await store.rewrap(to: .key(target)).target == target)
        let wrapperKeys = try await store.census().dataKeys.map(\.wrapperKey)
        #expect(Set(wrapperKeys) == [target.rawValue])
    }
}
