import EnvelopeCrypto
import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

@Suite struct RewrapTests {
    private static let three = KeyStoreOptions.quiet.with { $0.maxRecordsPerDataKey = 1 }

    /// A vault of three data keys under a wrapper key of its own.
    private static func vault() async throws -> (Fixture, KeyStore, wrapperKey: WrapperKeyID, [StoredKey]) {
        let fixture = try Fixture()
        let key = try await fixture.makeWrapperKey()
        let store = try await fixture.create(under: key, three)
        var keys: [StoredKey] = []
        for _ in 0..<3 { keys.append(try await store.generate()) }
        fixture.kms.forgetCalls()
        return (fixture, store, key, keys)
    }

    @Test func `a rewrap moves every wrapped key, touches no record, and the old wrapper key is needed no more`()
        async throws
    {
        let (fixture, store, old, keys) = try await Self.vault()
        let target = try await fixture.makeWrapperKey()
        let records = try fixture.dump()["private_keys"]
        let report = try await store.rewrap(to: .key(target))
        #expect(report.source == old && report.target == target && report.total == 4 && report.done == 4)
        #expect(report.kmsCalls == fixture.kms.calls.count && !report.isDryRun)
        #expect(try fixture.dump()["private_keys"] == records)
        let census = try await store.census()
        #expect(census.wrapperKey == target.rawValue && !census.createdWrapperKey)
        #expect(census.dataKeys.allSatisfy { $0.wrapperKey == target.rawValue && $0.rewrappedAtMicroseconds != nil })
        #expect(census.jobs.map(\.state) == ["done"] && census.jobs.map(\.done) == [4])
        #expect(census.jobs.map(\.id) == [report.jobID])
        try await store.close()

        try fixture.local.scheduleKeyDeletion(old)
        let opened = try await fixture.open(Self.three)
        for key in keys { #expect(try await opened.signs(with: key)) }
        #expect(try await opened.signs(with: opened.generate()))
        #expect(try await opened.verify(deep: true).isPassed)
    }

    @Test func `an alias is followed to its key`() async throws {
        let (fixture, store, _, keys) = try await Self.vault()
        let target = try await fixture.makeWrapperKey()
        let alias = try #require(WrapperKeyID(rawValue: "alias/next"))
        try fixture.local.createAlias(alias, for: target)
        #expect(try await store.rewrap(to: .key(alias)).target == target)
        #expect(try await store.census().wrapperKey == target.rawValue)
        store.purge()
        #expect(try await store.signs(with: keys[0]))
    }

    @Test func `the vault's own wrapper key is refused under each of its names, and nothing is written`() async throws {
        let (fixture, store, old, _) = try await Self.vault()
        let alias = try #require(WrapperKeyID(rawValue: "alias/own"))
        try fixture.local.createAlias(alias, for: old)
        let bare = try #require(old.keyID.flatMap(WrapperKeyID.init))
        let before = try fixture.dump()
        for name in [old, alias, bare] {
            for isDryRun in [true, false] {
                await #expect(throws: VaultError.of(.wrapperKeyInUse)) {
                    try await store.rewrap(to: .key(name), isDryRun: isDryRun)
                }
            }
        }
        #expect(try fixture.dump() == before)
        #expect(!fixture.kms.calls.contains(.reEncrypt))
    }

    @Test func `a wrapper key that is disabled or unknown is refused, and nothing is written`() async throws {
        let (fixture, store, _, _) = try await Self.vault()
        let disabled = try await fixture.makeWrapperKey()
        try fixture.local.disableKey(disabled)
        let unknown = try #require(WrapperKeyID(rawValue: "alias/none"))
        let before = try fixture.dump()
        await #expect(throws: VaultError.of("wrapper-key-disabled")) { try await store.rewrap(to: .key(disabled)) }
        await #expect(throws: VaultError.of("wrapper-key-not-found")) { try await store.rewrap(to: .key(unknown)) }
        for concurrency in [0, 65] {
            await #expect(throws: VaultError.of(.invalidArgument)) {
                try await store.rewrap(to: .currentKey, concurrency: concurrency)
            }
        }
        #expect(try fixture.dump() == before)
    }

    @Test func `under the current key only wrappings of older key material are replaced`() async throws {
        let (fixture, store, old, keys) = try await Self.vault()
        #expect(try await store.rewrap(to: .currentKey).total == 0)
        #expect(fixture.kms.calls == [.describeKey])
        try fixture.local.rotateKeyOnDemand(old)
        let fresh = try await store.generate()
        let current = try await fixture.local.describeKey(old).currentKeyMaterialID
        let report = try await store.rewrap(to: .currentKey)
        #expect(report.total == 4 && report.done == 4 && report.target == old)
        let census = try await store.census()
        #expect(census.dataKeys.allSatisfy { $0.keyMaterialID == current })
        #expect(census.dataKeys.filter { $0.rewrappedAtMicroseconds == nil }.map(\.id) == [fresh.dataKeyID])
        #expect(try await store.rewrap(to: .currentKey).total == 0)
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
        #expect(try await store.verify().isPassed)
    }

    @Test func `data keys that were wrapped by Encrypt, whose material is unknown, are replaced once`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(.quiet.with { $0.dataKeySource = .local })
        let key = try await store.generate()
        #expect(try await store.rewrap(to: .currentKey).done == 2)
        #expect(try await store.rewrap(to: .currentKey).total == 0)
        store.purge()
        #expect(try await store.signs(with: key))
    }

    @Test func `a new wrapper key is created and moved to`() async throws {
        let (fixture, store, old, keys) = try await Self.vault()
        let report = try await store.rewrap(to: .newKey(WrapperKeyTemplate(tags: ["Owner": "tests"])))
        let census = try await store.census()
        #expect(report.target != old && report.done == 4 && census.wrapperKey == report.target?.rawValue)
        #expect(census.createdWrapperKey)
        #expect(report.kmsCalls == fixture.kms.calls.count)
        try fixture.local.disableKey(old)
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
    }

    @Test func `a dry run counts and changes no byte`() async throws {
        let (fixture, store, old, _) = try await Self.vault()
        let target = try await fixture.makeWrapperKey()
        try fixture.local.rotateKeyOnDemand(old)
        try await store.close()
        let bytes = try fixture.folderBytes()
        let reader = try await fixture.open(Self.three.with { $0.watchesChanges = false })
        fixture.kms.forgetCalls()
        for (destination, found) in [
            (RewrapDestination.key(target), target as WrapperKeyID?), (.currentKey, old),
            (.newKey(WrapperKeyTemplate()), nil),
        ] {
            let report = try await reader.rewrap(to: destination, isDryRun: true)
            #expect(report.isDryRun && report.total == 4 && report.done == 0 && report.jobID == nil)
            #expect(report.target == found && report.kmsCalls == (found == nil ? 12 : 11))
        }
        // What is permitted is found out by calls whose answers are dropped: a probe, and what would become of the integrity
        // key and of one data key.
        let tried: [KMSOperation] =
            [.describeKey, .generateDataKey, .decrypt, .reEncrypt, .decrypt, .reEncrypt, .decrypt]
        #expect(fixture.kms.calls == tried + tried)
        try await reader.close()
        #expect(try fixture.folderBytes() == bytes)
    }

    @Test func `data keys made while a rewrap runs lie under the new wrapper key`() async throws {
        let (fixture, store, old, _) = try await Self.vault()
        let other = try await fixture.open(Self.three)
        let target = try await fixture.makeWrapperKey()
        fixture.kms.slowDown(by: .milliseconds(2))
        async let report = store.rewrap(to: .key(target), concurrency: 1)
        var made: [StoredKey] = []
        for number in 0..<8 { made.append(try await (number.isMultiple(of: 2) ? store : other).generate()) }
        #expect(try await report.done >= 4)
        let census = try await store.census()
        #expect(census.dataKeys.count == 11)
        #expect(census.dataKeys.allSatisfy { $0.wrapperKey == target.rawValue })
        try fixture.local.disableKey(old)
        store.purge()
        for key in made { #expect(try await store.signs(with: key)) }
        #expect(try await store.verify().isPassed)
    }

    @Test func `progress goes up to the total`() async throws {
        let (fixture, store, _, _) = try await Self.vault()
        let seen = Seen()
        _ = try await store.rewrap(to: .key(try await fixture.makeWrapperKey())) { done, total in
            seen.add(done, of: total)
        }
        #expect(seen.steps.map(\.done) == [0, 1, 2, 3, 4] && seen.steps.allSatisfy { $0.total == 4 })
    }
}
