import EnvelopeCrypto
import Foundation
import GRDB
import KeyManagement
import NodeKeys
import Testing
import VaultStorage

@testable import NodeVault

@Suite struct RotateTests {
    /// A vault of ten keys, three to a data key, the names and usages of some of them given.
    static func vault(
        _ options: KeyStoreOptions = .quiet.with { $0.maxRecordsPerDataKey = 3 }
    ) async throws -> (Fixture, KeyStore, [StoredKey], pkcs8: [[UInt8]]) {
        let fixture = try Fixture()
        let store = try await fixture.create(options)
        var keys: [StoredKey] = []
        for scheme in [KeyScheme.ed25519, .ecP256, .ecP384, .ecSecp256k1, .rsa2048] {
            for number in 0..<2 { keys.append(try await store.generate(scheme, name: "\(scheme.rawValue) \(number)")) }
        }
        var pkcs8: [[UInt8]] = []
        for key in keys { pkcs8.append(try await store.exported(key)) }
        fixture.kms.forgetCalls()
        return (fixture, store, keys, pkcs8)
    }

    static func check(_ store: KeyStore, has keys: [StoredKey], pkcs8: [[UInt8]]) async throws {
        store.purge()
        for (key, expected) in zip(keys, pkcs8) { #expect(try await store.exported(key) == expected) }
        #expect(try await store.verify(deep: true).isPassed)
    }

    @Test func `every record lies under a new data key, the old ones are gone, and every key is the same`() async throws
    {
        let (fixture, store, keys, pkcs8) = try await Self.vault()
        let old = Set(try await store.census().dataKeys.map(\.id))
        let sealed: [Data] = try fixture.dump()["private_keys", default: []].map { $0["sealed"] }
        let seen = Seen()
        let report = try await store.rotateDataKeys { seen.add($0, of: $1) }
        #expect(report.kind == .rotate && report.total == 10 && report.done == 10 && report.source == report.target)
        #expect(report.kmsCalls == fixture.kms.calls.count)
        #expect(seen.steps.last?.done == 10 && seen.steps.allSatisfy { $0.total == 10 })
        let census = try await store.census()
        #expect(old.isDisjoint(with: census.dataKeys.map(\.id)) && census.dataKeys.count == 4)
        #expect(census.records == 10 && census.dataKeys.allSatisfy { $0.records <= 3 })
        #expect(census.jobs.map(\.state) == ["done"] && census.jobs.map(\.kind) == ["rotate"])
        #expect(census.jobs.map(\.done) == [10] && census.jobs.map(\.total) == [10])
        let now: [Data] = try fixture.dump()["private_keys", default: []].map { $0["sealed"] }
        #expect(Set(now).isDisjoint(with: sealed))
        for key in keys {
            let kept = try await store.key(key.keyID)
            #expect(kept.name == key.name && kept.usages == key.usages && kept.dataKeyID != key.dataKeyID)
            #expect(kept.createdAtMicroseconds == key.createdAtMicroseconds)
        }
        try await Self.check(store, has: keys, pkcs8: pkcs8)
        let again = try await store.rotateDataKeys()
        #expect(again.done == 10 && again.jobID != report.jobID)
        try await Self.check(store, has: keys, pkcs8: pkcs8)
    }

    @Test func `a dry run announces the calls that the run makes, and changes nothing`() async throws {
        let (fixture, store, _, _) = try await Self.vault()
        let before = try fixture.dump()
        let announced = try await store.rotateDataKeys(JobOptions().with { $0.isDryRun = true })
        #expect(announced.isDryRun && announced.total == 10 && announced.done == 0 && announced.jobID == nil)
        #expect(try fixture.dump() == before)
        #expect(try await store.rotateDataKeys().kmsCalls == announced.kmsCalls)
    }

    @Test func `a vault without records loses its data keys, and one without data keys has nothing to rotate`()
        async throws
    {
        let fixture = try Fixture()
        let store = try await fixture.create()
        #expect(try await store.rotateDataKeys().jobID == nil)
        try await store.deleteKey(try await store.generate().keyID)
        #expect(try await store.rotateDataKeys().done == 0)
        #expect(try await store.census().dataKeys.isEmpty)
        #expect(try await store.signs(with: store.generate()))
    }

    @Test func `a wrapper key that is disabled stops a rotation before anything changes`() async throws {
        let fixture = try Fixture()
        let key = try await fixture.makeWrapperKey()
        let store = try await fixture.create(under: key)
        _ = try await store.generate()
        try fixture.local.disableKey(key)
        let before = try fixture.dump()
        await #expect(throws: VaultError.of("wrapper-key-disabled")) { try await store.rotateDataKeys() }
        #expect(try fixture.dump() == before)
    }

    @Test func `a rotation that the KMS interrupted at any call loses nothing and is taken up again`() async throws {
        var call = 1
        var isInterrupted = true
        while isInterrupted {
            let (fixture, store, keys, pkcs8) = try await Self.vault(.quiet.with { $0.maxRecordsPerDataKey = 4 })
            store.purge()
            fixture.kms.fail(call: call)
            do {
                _ = try await store.rotateDataKeys()
                isInterrupted = false
            } catch { #expect(error == .of("kms-unavailable"), "call \(call)") }
            fixture.kms.failNothing()
            try await Self.check(store, has: keys, pkcs8: pkcs8)
            let made = try await store.generate()
            let report = try await store.rotateDataKeys()
            if isInterrupted, let first = try await store.jobRows().first {
                #expect(try await store.jobRows().count == 1 && first.id == report.jobID, "call \(call)")
            }
            #expect(try await store.census().jobs.allSatisfy { $0.state == "done" })
            try await Self.check(store, has: keys, pkcs8: pkcs8)
            #expect(try await store.signs(with: made))
            call += 1
        }
        // Describing, the probe's two, one data key of each key material, three unwraps, and three new ones.
        #expect(call > 8)
    }

    @Test func `while a rotation is unfinished its data keys are retired, and nothing is sealed under them`()
        async throws
    {
        let (fixture, store, _, _) = try await Self.vault()
        let old = try await store.census().dataKeys
        // Describing, the probe's two, a trial, and the first data key's own; then a new one cannot be made.
        fixture.kms.fail(call: 6)
        await #expect(throws: VaultError.of("kms-unavailable")) { try await store.rotateDataKeys() }
        #expect(try await store.census().dataKeys.allSatisfy { $0.state == .retired })
        #expect(try await store.census().jobs.map(\.state) == ["running"])
        let made = try await store.generate()
        #expect(!old.map(\.id).contains(try #require(made.dataKeyID)))
        await #expect(throws: VaultError.of("busy")) { try await store.rewrap(to: .newKey(WrapperKeyTemplate())) }
        #expect(try await store.rotateDataKeys().done == 10)
        #expect(try await store.census().dataKeys.allSatisfy { $0.state != .retired })
    }

    @Test func `a batch is small at first, grows by doubling, and shrinks at once`() {
        var size = BatchSize()
        #expect(size.count == 8)
        size.adapt(to: .microseconds(100), of: 8)
        #expect(size.count == 16)
        for _ in 0..<10 { size.adapt(to: .microseconds(100), of: size.count) }
        #expect(size.count == 512)
        size.adapt(to: .milliseconds(50), of: 512)
        #expect(size.count == 51)
        size.adapt(to: .seconds(1), of: 51)
        #expect(size.count == 1)
    }

    @Test func `a data key that has reached its age seals no more`() async throws {
        let fixture = try Fixture()
        let options = KeyStoreOptions.quiet.with { $0.dataKeyMaxAge = .seconds(3600) }
        let store = try await fixture.create(options)
        let first = try await store.generate()
        #expect(try await store.generate().dataKeyID == first.dataKeyID)
        try await store.changeDataKeys { $0.createdAt -= 3_601_000_000 }
        // What was read of it before is trusted no longer than the data key is in memory.
        let opened = try await fixture.open(options)
        let second = try await opened.generate()
        #expect(second.dataKeyID != first.dataKeyID)
        #expect(try await opened.generate().dataKeyID == second.dataKeyID)
        let impatient = try await fixture.open(options.with { $0.dataKeyMaxAge = .zero })
        let third = try await impatient.generate()
        #expect(third.dataKeyID != second.dataKeyID)
        #expect(try await impatient.generate().dataKeyID != third.dataKeyID)
        for key in [first, second, third] { #expect(try await opened.signs(with: key)) }
    }
}
