import EnvelopeCrypto
import KeyManagement
import NodeKeys
import SecretMemory
import Testing
import VaultStorage

@testable import NodeVault

/// What all jobs have in common: one at a time, a fence, takeover, and nothing from a row that does not authenticate.
@Suite struct JobTests {
    private static func vault(
        keys: Int = 4
    ) async throws -> (Fixture, KeyStore, [StoredKey], target: WrapperKeyID) {
        let fixture = try Fixture()
        let store = try await fixture.create(.quiet.with { $0.maxRecordsPerDataKey = 1 })
        var made: [StoredKey] = []
        for _ in 0..<keys { made.append(try await store.generate()) }
        return (fixture, store, made, try await fixture.makeWrapperKey())
    }

    /// Starts a rewrap and returns when its first data keys are done.
    private static func started(
        _ fixture: Fixture, _ store: KeyStore, to target: WrapperKeyID
    ) async throws -> Task<JobReport, any Error> {
        fixture.kms.slowDown(by: .milliseconds(5))
        let task = Task { try await store.rewrap(to: .key(target), concurrency: 1) }
        #expect(try await eventually { try await store.jobRows().contains { $0.done >= 2 } })
        return task
    }

    @Test func `a second job is refused while the first one is at work, by whomever`() async throws {
        let (fixture, store, _, target) = try await Self.vault(keys: 8)
        let other = try await fixture.open()
        let task = try await Self.started(fixture, store, to: target)
        for busy in [store, other] {
            await #expect(throws: VaultError.of("busy")) { try await busy.rewrap(to: .key(target)) }
            await #expect(throws: VaultError.of("busy")) { try await busy.rotateDataKeys() }
            await #expect(throws: VaultError.of("busy")) { try await busy.rewrap(to: .key(target), isDryRun: true) }
        }
        fixture.kms.slowDown(by: nil)
        #expect(try await task.value.done == 9)
        #expect(try await other.jobRows().map(\.state) == [.done])
        #expect(try await other.rotateDataKeys().done == 8)
    }

    @Test func `an owner whose job was taken over writes nothing more`() async throws {
        let (fixture, store, keys, target) = try await Self.vault(keys: 8)
        let task = try await Self.started(fixture, store, to: target)
        let fence = try UUIDBytes.random()
        try await store.changeJobs { $0.fence = fence }
        let left = try fixture.dump()["data_keys"]
        await #expect(throws: VaultError.of("busy")) { try await task.value }
        #expect(try fixture.dump()["data_keys"] == left)
        #expect(try await store.jobRows().map(\.fence) == [fence])
        fixture.kms.slowDown(by: nil)
        let report = try await store.rewrap(to: .key(target))
        #expect(report.done < 9 && report.target == target)
        let job = try #require(try await store.jobRows().first)
        #expect(job.state == .done && job.fence != fence && job.done == 9 && job.id == report.jobID)
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
        #expect(try await store.verify().isPassed)
    }

    @Test func `a job that was ended by another process stays ended`() async throws {
        let (fixture, store, _, target) = try await Self.vault(keys: 8)
        let task = try await Self.started(fixture, store, to: target)
        try await store.changeJobs { $0.state = .done }
        await #expect(throws: VaultError.of("busy")) { try await task.value }
        fixture.kms.slowDown(by: nil)
        #expect(try await store.jobRows().map(\.state) == [.done])
    }

    @Test func `each start of a job has a fence of its own`() async throws {
        let (fixture, store, _, target) = try await Self.vault()
        var fences: Set<UUIDBytes> = []
        for call in [8, 2] {
            fixture.kms.fail(call: call)
            await #expect(throws: VaultError.self) { try await store.rewrap(to: .key(target), concurrency: 1) }
            fences.insert(try #require(try await store.jobRows().first).fence)
        }
        _ = try await store.rewrap(to: .key(target))
        fences.insert(try #require(try await store.jobRows().first).fence)
        #expect(fences.count == 2, "the second one was interrupted before it took the job over")
    }

    @Test(arguments: [
        "UPDATE jobs SET target = (SELECT source FROM jobs)", "UPDATE jobs SET checkpoint = randomblob(16)",
        "UPDATE jobs SET plan = randomblob(16)", "UPDATE jobs SET fence = randomblob(16)",
        "UPDATE jobs SET scope = 'all'", "UPDATE jobs SET state = 'done'", "UPDATE jobs SET done = 0",
        "UPDATE jobs SET kind = 'rotate'", "UPDATE jobs SET mac = randomblob(32)", "DELETE FROM jobs",
    ])
    func `a job whose row was changed by somebody else is not taken up`(sql: String) async throws {
        let (fixture, store, _, target) = try await Self.vault()
        fixture.kms.fail(call: 8)
        await #expect(throws: VaultError.of("kms-unavailable")) {
            try await store.rewrap(to: .key(target), concurrency: 1)
        }
        #expect(try await store.jobRows().map(\.state) == [.running])
        try fixture.tamper(sql)
        let before = try fixture.dump()
        for _ in 0..<2 {
            await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.rewrap(to: .key(target)) }
            await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.rotateDataKeys() }
        }
        #expect(try fixture.dump() == before)
    }

    @Test func `a cancelled job finishes its step, says how far it came, and goes on when it is run again`()
        async throws
    {
        let (fixture, store, keys, target) = try await Self.vault(keys: 10)
        let task = try await Self.started(fixture, store, to: target)
        task.cancel()
        let error = await #expect(throws: VaultError.self) { try await task.value }
        #expect(error?.code == .cancelled && error?.hint?.contains("run the command again") == true)
        let done = try #require(try await store.jobRows().first?.done)
        #expect(error?.message.contains("after \(done) of 11 steps") == true)
        // No call was made in vain: what the KMS was asked for is on record.
        let rewrapped = fixture.kms.calls.filter { $0 == .reEncrypt }.count
        #expect(rewrapped == Int(done))
        fixture.kms.slowDown(by: nil)
        #expect(try await store.rewrap(to: .key(target)).done == 11 - Int(done))
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
    }

    @Test func `an answer of CreateKey that was lost is told of, by the tag that the key has`() async throws {
        let (fixture, store, _, _) = try await Self.vault()
        fixture.kms.fail([.createKey])
        await #expect(throws: VaultError.self) { try await store.rewrap(to: .newKey(WrapperKeyTemplate())) }
        let intent = try #require(try await store.jobRows().first)
        #expect(intent.target == nil && intent.state == .running && intent.total == 0)
        fixture.kms.fail([])
        // It has changed nothing, so that any other job may take its place.
        let log = WarningLog()
        let again = try await fixture.open(.quiet.with { $0.logger = log.logger })
        _ = try await again.rewrap(to: .newKey(WrapperKeyTemplate()))
        #expect(log.messages.contains { $0.contains("NodeVaultJob = \(intent.fence)") })
        #expect(try await store.jobRows().map(\.id) == [intent.id])
    }

    @Test func `a key that was created is used by the next run, and only then the vault goes to it`() async throws {
        let (fixture, store, _, _) = try await Self.vault()
        let before = try await store.census().wrapperKey
        // The probe, after the key was created and described.
        fixture.kms.fail(call: 3)
        await #expect(throws: VaultError.self) { try await store.rewrap(to: .newKey(WrapperKeyTemplate())) }
        let target = try #require(try await store.jobRows().first?.target)
        #expect(try await store.census().wrapperKey == before && target != before)
        fixture.kms.forgetCalls()
        let report = try await store.rewrap(to: .newKey(WrapperKeyTemplate()))
        #expect(report.target?.rawValue == target && !fixture.kms.calls.contains(.createKey))
        #expect(try await store.census().createdWrapperKey)
        #expect(try await store.jobRows().map(\.state) == [.done])
    }

    @Test func `a wrapping that somebody else has replaced meanwhile stays`() async throws {
        let (fixture, store, keys, target) = try await Self.vault()
        var others: [UUIDBytes: WrappedDataKey] = [:]
        for row in try await store.dataKeyRows() {
            let context = EncryptionContext(vault: store.vaultID, key: row.id, use: .dataKey)
            let old = WrappedDataKey(
                ciphertext: row.wrapped, wrapperKey: try #require(WrapperKeyID(rawValue: row.wrapperKey)),
                keyMaterialID: row.keyMaterialID)
            others[row.id] = try await fixture.local.rewrap(old, to: target, context: context).wrapped
        }
        let replaced = others
        fixture.kms.slowDown(by: .milliseconds(300))
        let task = Task { try await store.rewrap(to: .key(target)) }
        // Describing, the probe and the integrity key take five; then each data key is on its way.
        #expect(await eventually { fixture.kms.calls.filter { $0 == .reEncrypt }.count == 5 })
        try await store.changeDataKeys { row in
            guard let other = replaced[row.id] else { return }
            row.wrapped = other.ciphertext
            row.wrapperKey = target.rawValue
        }
        fixture.kms.slowDown(by: nil)
        #expect(try await task.value.done == 5)
        #expect(try await store.dataKeyRows().allSatisfy { $0.wrapped == replaced[$0.id]?.ciphertext })
        store.purge()
        for key in keys { #expect(try await store.signs(with: key)) }
    }

    @Test func `a job that means other wrappings takes the place of an interrupted one`() async throws {
        let (fixture, store, _, _) = try await Self.vault()
        let options = JobOptions().with { $0.concurrency = 1 }
        fixture.kms.fail(call: 8)
        await #expect(throws: VaultError.self) { try await store.rewrap(to: .currentKey, scope: .all, options) }
        #expect(try await store.jobRows().map(\.checkpoint).compactMap(\.self).count == 1)
        let half = try #require(try await store.jobRows().first)
        let report = try await store.rewrap(to: .currentKey, scope: .olderThan(.zero), options)
        #expect(report.jobID != half.id && report.done == 5)
        let rows = try await store.jobRows()
        #expect(rows.count == 2 && rows.allSatisfy { $0.state == .done })
    }
}
