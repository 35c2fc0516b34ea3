import Foundation
import KMSConformance
import KeyManagement
import Logging
import SecretMemory
import Testing

@testable import KMSAudit

/// In processes of their own, where no other test keeps threads or secret memory.
@Suite struct AuditDeadlineTests {
    private let fixture: AuditFixture

    init() async throws { fixture = try await AuditFixture() }

    private static func audited(
        _ kms: any KMS, _ sinks: [any AuditSink], deadline: Duration = .milliseconds(200),
        onFailure: AuditLog.FailurePolicy = .refuse,
        warnings: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) -> AuditedKMS {
        AuditedKMS(
            kms,
            log: AuditLog(
                node: AuditFixture.node, sink: sinks[0], furtherSinks: Array(sinks.dropFirst()), onFailure: onFailure,
                deadline: deadline, warnings: warnings))
    }

    @Test func `a log that hangs refuses the call at the deadline, and the next one at once`() async throws {
        await #expect(processExitsWith: .success) {
            let fixture = try await AuditFixture()
            let sink = HangingSink(from: 0)
            let kms = CountingKMS(fixture.local)
            let audited = AuditDeadlineTests.audited(kms, [sink])
            let clock = ContinuousClock()
            for (least, most) in [(200, 5_000), (0, 150)] {
                let time = await clock.measure {
                    let error = await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
                    #expect(error?.code == .auditUnavailable)
                    #expect(error?.message.contains("within 0.2 seconds") == true)
                }
                #expect(time >= .milliseconds(least) && time < .milliseconds(most))
            }
            #expect(kms.callCount == 0)
            // Once the disk is back, so is the log.
            sink.release()
            for _ in 0..<100 where kms.callCount == 0 {
                _ = try? await audited.describeKey(fixture.key)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(kms.callCount > 0)
        }
    }

    @Test
    func `callers that wait behind a hung line get their error at the deadline too, and their lines are not written`()
        async throws
    {
        await #expect(processExitsWith: .success) {
            let fixture = try await AuditFixture()
            let sink = HangingSink(from: 0)
            let kms = CountingKMS(fixture.local)
            let audited = AuditDeadlineTests.audited(kms, [sink], deadline: .seconds(1))
            let time = await ContinuousClock().measure {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
                    }
                    while sink.count == 0 { await Task.yield() }
                    for _ in 0..<20 {
                        group.addTask {
                            await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
                        }
                    }
                }
            }
            #expect(time < .seconds(5))
            #expect(kms.callCount == 0)
            sink.release()
            try await Task.sleep(for: .milliseconds(100))
            #expect(sink.count == 1)
            let before = sink.count
            _ = try await audited.describeKey(fixture.key)
            #expect(sink.count == before + 2)
        }
    }

    @Test func `lines that were to be written together with a hung one are not written when their callers have gone`()
        async throws
    {
        await #expect(processExitsWith: .success) {
            let fixture = try await AuditFixture()
            let sink = HangingSink(from: 0)
            let kms = CountingKMS(fixture.local)
            let audited = AuditDeadlineTests.audited(kms, [sink], deadline: .seconds(1))
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
                    }
                    while number == 0 && sink.count == 0 { await Task.yield() }
                }
                try? await Task.sleep(for: .milliseconds(200))
                // The first goes on, and the others, which came meanwhile, follow in one group.
                sink.step()
            }
            #expect(kms.callCount == 1)
            #expect(sink.count == 2)
            sink.release()
            try await Task.sleep(for: .milliseconds(100))
            #expect(sink.count == 2)
            _ = try await audited.describeKey(fixture.key)
        }
    }

    @Test func `an outcome that hangs is an error, and the answer is wiped`() async throws {
        await #expect(processExitsWith: .success) {
            let fixture = try await AuditFixture()
            let arena = try SecretArena.prepare()
            _ = try await fixture.audited(MemorySink()).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
            let before = arena.bytesInUse
            let audited = AuditedKMS(
                fixture.local,
                log: AuditLog(
                    node: AuditFixture.node, sink: HangingSink(from: 1), deadline: .milliseconds(100),
                    warnings: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
            await #expect(throws: KMSError(.auditUnavailable, operation: .generateDataKey, message: "")) {
                _ = try await audited.generateDataKey(under: fixture.key, context: AuditFixture.context)
            }
            #expect(arena.bytesInUse == before)
        }
    }

    /// A lock that another program never gives back stands for a file system that hangs.
    @Test func `a file whose lock is never given back refuses the call at the deadline`() async throws {
        let path = fixture.folder.file("kms.log")
        let file = try AuditFile(path: path)
        let kms = CountingKMS(fixture.local)
        let audited = Self.audited(kms, [file], deadline: .milliseconds(200))
        _ = try await audited.describeKey(fixture.key)
        let descriptor = open(path, O_RDONLY)
        #expect(flock(descriptor, LOCK_EX) == 0)
        let error = await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
        #expect(error?.code == .auditUnavailable)
        #expect(kms.callCount == 1)
        close(descriptor)
    }

    @Test func `under continue a hung log delays a call once, and warns`() async throws {
        await #expect(processExitsWith: .success) {
            let fixture = try await AuditFixture()
            let (logger, records) = RecordingLog.make()
            let audited = AuditDeadlineTests.audited(
                fixture.local, [HangingSink(from: 0)], onFailure: .continue, warnings: logger)
            let time = try await ContinuousClock().measure { _ = try await audited.describeKey(fixture.key) }
            #expect(time < .seconds(2))
            #expect(records.all.map(\.level) == [.warning, .warning])
        }
    }

    @Test func `both sinks get every line, and one that fails refuses the call`() async throws {
        let (first, second) = (MemorySink(), MemorySink(refusing: [2]))
        let kms = CountingKMS(fixture.local)
        let audited = Self.audited(kms, [first, second])
        _ = try await audited.describeKey(fixture.key)
        await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
        #expect(kms.callCount == 1)
        #expect(first.lines.map(\.text).prefix(2) == second.lines.map(\.text).prefix(2))
        #expect(first.lines.count == 3)
    }

    @Test func `lines that come together are committed together, and a failed commit fails them all`() async throws {
        let sink = CommitCounter()
        let kms = CountingKMS(fixture.local)
        let audited = Self.audited(kms, [sink], deadline: .seconds(30))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { _ = try? await audited.describeKey(fixture.key) } }
        }
        let (writes, commits) = sink.counts
        #expect(writes == 128)
        #expect(commits >= 2 && commits <= 32)
        sink.fail()
        await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
        #expect(kms.callCount == 64)
    }

    @Test func `closing the log closes every sink, after the last line`() async throws {
        let sinks = [CommitCounter(), CommitCounter()]
        let log = AuditLog(
            node: AuditFixture.node, sink: sinks[0], furtherSinks: [sinks[1]], warnings: Logger(label: "test"))
        _ = try await AuditedKMS(fixture.local, log: log).describeKey(fixture.key)
        try await log.close()
        #expect(sinks.map(\.isClosed) == [true, true])
    }
}
