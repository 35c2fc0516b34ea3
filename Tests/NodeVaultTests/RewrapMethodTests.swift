import EnvelopeCrypto
import KMSAudit
import KMSConformance
import KeyManagement
import NodeKeys
import SecretMemory
import Testing
import VaultStorage

@testable import NodeVault

/// How wrappings are replaced, verified and paced, and which of them.
@Suite struct RewrapMethodTests {
    /// A vault of three data keys.
    private static func vault(
        _ options: KeyStoreOptions = .quiet.with { $0.maxRecordsPerDataKey = 1 }
    ) async throws -> (Fixture, KeyStore, source: WrapperKeyID, target: WrapperKeyID, [StoredKey]) {
        let fixture = try Fixture()
        let source = try await fixture.makeWrapperKey()
        let store = try await fixture.create(under: source, options)
        var keys: [StoredKey] = []
        for _ in 0..<3 { keys.append(try await store.generate()) }
        let target = try await fixture.makeWrapperKey()
        fixture.kms.forgetCalls()
        return (fixture, store, source, target, keys)
    }

    private static func check(_ store: KeyStore, _ keys: [StoredKey], under target: WrapperKeyID) async throws {
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
        let census = try await store.census()
        #expect(Set(census.dataKeys.map(\.wrapperKey)) == [target.rawValue] && census.wrapperKey == target.rawValue)
        #expect(try await store.verify().isPassed)
    }

    @Test func `by unwrapping and wrapping, nothing is re-encrypted, and the key material is learnt`() async throws {
        let (fixture, store, source, target, keys) = try await Self.vault()
        let options = JobOptions().with { $0.method = .unwrapWrap }
        let announced = try await store.rewrap(to: .key(target), options.with { $0.isDryRun = true })
        fixture.kms.forgetCalls()
        let report = try await store.rewrap(to: .key(target), options)
        #expect(report.method == .unwrapWrap && report.done == 4)
        #expect(report.kmsCalls == fixture.kms.calls.count && report.kmsCalls == announced.kmsCalls)
        #expect(!fixture.kms.calls.contains(.reEncrypt))
        #expect(fixture.kms.calls.filter { $0 == .encrypt }.count == 4)
        let current = try await fixture.local.describeKey(target).currentKeyMaterialID
        #expect(try await store.census().dataKeys.allSatisfy { $0.keyMaterialID == current })
        try fixture.local.disableKey(source)
        try await Self.check(store, keys, under: target)
    }

    @Test func `where ReEncrypt is not permitted, auto unwraps and wraps, and says so once`() async throws {
        let (fixture, first, source, target, keys) = try await Self.vault()
        try await first.close()
        let log = WarningLog()
        let store = try await fixture.open(.quiet.with { $0.logger = log.logger })
        fixture.kms.fail([.reEncrypt], with: .accessDenied)
        let before = try fixture.dump()
        await #expect(throws: VaultError.of("access-denied")) {
            try await store.rewrap(to: .key(target), JobOptions().with { $0.method = .reEncrypt })
        }
        #expect(try fixture.dump() == before)
        fixture.kms.forgetCalls()
        let report = try await store.rewrap(to: .key(target))
        #expect(report.method == .unwrapWrap && report.done == 4 && report.kmsCalls == fixture.kms.calls.count)
        #expect(fixture.kms.calls.filter { $0 == .reEncrypt }.count == 1)
        #expect(log.messages.filter { $0.contains("ReEncrypt was refused") }.count == 1)
        fixture.kms.failNothing()
        try fixture.local.disableKey(source)
        try await Self.check(store, keys, under: target)
    }

    @Test func `between two KMS, auto unwraps and wraps without trying, and re-encrypt is refused first`() async throws
    {
        let (fixture, store, source, _, keys) = try await Self.vault()
        try await store.close()
        let second = try LocalKMS.open(
            at: fixture.folder.file("second"), protection: .machineKey(nil), createIfMissing: true)
        let scripted = ScriptedKMS(TwoKMS(first: fixture.local, second: second, secondKeys: Lock([])))
        let both = ScriptedFixture(fixture: fixture, kms: scripted)
        let opened = try await both.open()
        let before = try fixture.dump()
        let target = try await scripted.createKey(CreateKeyRequest(description: "the second's")).arn
        await #expect(throws: VaultError.of(.invalidArgument)) {
            try await opened.rewrap(to: .key(target), JobOptions().with { $0.method = .reEncrypt })
        }
        #expect(try fixture.dump() == before)
        scripted.forgetCalls()
        let report = try await opened.rewrap(to: .key(target))
        #expect(report.done == 4 && report.source == source && report.kmsCalls == scripted.calls.count)
        #expect(!scripted.calls.contains(.reEncrypt))
        try fixture.local.disableKey(source)
        try await Self.check(opened, keys, under: target)
    }

    @Test func `without the unwrap only names are compared: fewer calls, and an answer for another key is refused`()
        async throws
    {
        let (fixture, store, _, target, keys) = try await Self.vault()
        let options = JobOptions().with { $0.verifiesByUnwrap = false }
        for lie in [ScriptedKMS.Lie.accountInRewrapping("111111111111"), .sourceInRewrapping("111111111111")] {
            let before = try fixture.dump()
            fixture.kms.tell(lie)
            await #expect(throws: VaultError.of(.authenticationFailed)) {
                try await store.rewrap(to: .key(target), options)
            }
            #expect(try fixture.dump() == before)
        }
        fixture.kms.tell(nil)
        fixture.kms.forgetCalls()
        let report = try await store.rewrap(to: .key(target), options)
        #expect(report.kmsCalls == 7 && fixture.kms.calls.filter { $0 == .reEncrypt }.count == 4)
        try await Self.check(store, keys, under: target)
    }

    @Test(arguments: [RewrapMethod.reEncrypt, .unwrapWrap])
    func `a KMS that answers another key at any unwrap is found out, and the old wrapping stays`(
        method: RewrapMethod
    ) async throws {
        let (fixture, store, _, target, keys) = try await Self.vault()
        let options = JobOptions().with {
            $0.method = method
            $0.concurrency = 1
        }
        for number in 1...7 {
            fixture.kms.forgetCalls()
            fixture.kms.tell(.plaintextOnce(unwrap: number))
            await #expect(throws: VaultError.of(.authenticationFailed), "unwrap \(number)") {
                try await store.rewrap(to: .key(target), options)
            }
            fixture.kms.tell(nil)
            store.purge()
            for key in keys { #expect(try await store.signs(with: key), "unwrap \(number)") }
            guard try await store.jobRows().isEmpty else { break }
        }
        #expect(try await store.jobRows().count == 1)
        _ = try await store.rewrap(to: .key(target), options)
        try await Self.check(store, keys, under: target)
    }

    @Test func `a KMS that throttles slows the job and never fails it`() async throws {
        let (fixture, store, _, target, keys) = try await Self.vault()
        fixture.kms.fail(.reEncrypt, times: 5, with: .throttled)
        fixture.kms.fail(.decrypt, times: 2, with: .throttled)
        let begin = ContinuousClock.now
        let report = try await store.rewrap(to: .key(target))
        #expect(report.done == 4 && report.kmsCalls == 18 && begin.duration(to: .now) > .milliseconds(200))
        try await Self.check(store, keys, under: target)
    }

    @Test func `a rotation waits for a KMS that throttles, too`() async throws {
        let (fixture, store, source, _, keys) = try await Self.vault()
        fixture.kms.fail(.generateDataKey, times: 3, with: .throttled)
        #expect(try await store.rotateDataKeys().done == 3)
        try await Self.check(store, keys, under: source)
    }

    @Test func `a job that waits for a throttling KMS can be interrupted`() async throws {
        let (fixture, store, _, target, _) = try await Self.vault()
        fixture.kms.fail([.reEncrypt], with: .throttled)
        let task = Task { try await store.rewrap(to: .key(target)) }
        #expect(await eventually { fixture.kms.calls.filter { $0 == .reEncrypt }.count >= 2 })
        task.cancel()
        await #expect(throws: VaultError.of(.cancelled)) { try await task.value }
    }

    @Test func `a rate bounds the calls in a second`() async throws {
        let (fixture, store, _, target, _) = try await Self.vault()
        fixture.kms.forgetCalls()
        let begin = ContinuousClock.now
        let report = try await store.rewrap(to: .key(target), JobOptions().with { $0.callsPerSecond = 50 })
        #expect(report.kmsCalls == 11 && fixture.kms.calls.count == 11)
        #expect(begin.duration(to: .now) >= .milliseconds(200))
        await #expect(throws: VaultError.of(.invalidArgument)) {
            try await store.rewrap(to: .key(target), JobOptions().with { $0.callsPerSecond = 0 })
        }
    }

    @Test func `all wrappings under the current key are replaced on demand, each once though interrupted`() async throws
    {
        for call in [6, 8, 10] {
            let (fixture, store, source, _, keys) = try await Self.vault()
            let before = try await store.census().dataKeys
            let options = JobOptions().with { $0.concurrency = 1 }
            #expect(try await store.rewrap(to: .currentKey, options).total == 0)
            fixture.kms.forgetCalls()
            fixture.kms.fail(call: call)
            await #expect(throws: VaultError.of("kms-unavailable")) {
                try await store.rewrap(to: .currentKey, scope: .all, options)
            }
            let report = try await store.rewrap(to: .currentKey, scope: .all, options)
            // The integrity key and, before the call that failed, a data key for each two calls.
            #expect(report.done == 3 - (call - 6) / 2)
            // One that failed besides.
            #expect(fixture.kms.calls.filter { $0 == .reEncrypt }.count == 5)
            let rows = try await store.census().dataKeys
            #expect(rows.allSatisfy { $0.rewrappedAtMicroseconds != nil } && rows.count == before.count)
            #expect(try await store.jobRows().map(\.scope) == ["all"])
            try await Self.check(store, keys, under: source)
        }
    }

    @Test func `wrappings are chosen by their age`() async throws {
        let (fixture, store, source, _, keys) = try await Self.vault()
        #expect(try await store.rewrap(to: .currentKey, scope: .olderThan(.seconds(3600))).total == 0)
        try await store.changeDataKeys { $0.createdAt -= 7_200_000_000 }
        let fresh = try await store.generate()
        // Its three elders and the integrity key.
        #expect(try await store.rewrap(to: .currentKey, scope: .olderThan(.seconds(3600))).done == 4)
        let untouched = try await store.census().dataKeys.filter { $0.rewrappedAtMicroseconds == nil }
        #expect(untouched.map(\.id) == [try #require(fresh.dataKeyID)])
        #expect(fixture.kms.calls.filter { $0 == .reEncrypt }.count == 4)
        try await Self.check(store, keys, under: source)
    }

    @Test func `the age of an interrupted job does not move`() async throws {
        let (fixture, store, _, _, _) = try await Self.vault()
        fixture.kms.fail(call: 6)
        let options = JobOptions().with { $0.concurrency = 1 }
        await #expect(throws: VaultError.self) {
            try await store.rewrap(to: .currentKey, scope: .olderThan(.zero), options)
        }
        let scope = try #require(try await store.jobRows().first?.scope)
        let fresh = try await store.generate()
        #expect(try await store.rewrap(to: .currentKey, scope: .olderThan(.zero), options).done == 3)
        #expect(try await store.jobRows().map(\.scope) == [scope])
        let untouched = try await store.census().dataKeys.filter { $0.rewrappedAtMicroseconds == nil }
        #expect(untouched.map(\.id) == [try #require(fresh.dataKeyID)])
    }
}

/// A fixture whose vault is opened with another KMS.
private struct ScriptedFixture {
    let fixture: Fixture
    let kms: ScriptedKMS

    func open() async throws(VaultError) -> KeyStore {
        try await KeyStore.open(
            at: fixture.path, kms: AuditedKMS(kms, writingTo: fixture.sink), options: .quiet)
    }
}
