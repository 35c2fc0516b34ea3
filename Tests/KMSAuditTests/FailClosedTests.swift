import KMSAudit
import KMSConformance
import KeyManagement
import Logging
import SecretMemory
import Testing

@Suite struct FailClosedTests {
    @Test func `without its first line no call reaches the KMS`() async throws {
        let fixture = try await AuditFixture()
        let kms = CountingKMS(fixture.local)
        let failures = await fixture.runEveryCall(
            on: fixture.audited(kms, MemorySink(refusing: Set(0..<100))), secret: try SecretBytes.random(count: 32))
        #expect(failures == 6)
        #expect(kms.callCount == 0)
    }

    @Test func `the error says what the log said, on one line, and that the KMS was not called`() async throws {
        let fixture = try await AuditFixture()
        let error = await #expect(throws: KMSError.self) {
            try await fixture.audited(MemorySink(refusing: [0])).describeKey(fixture.key)
        }
        #expect(error?.code == .auditUnavailable)
        #expect(error?.operation == .describeKey)
        #expect(error?.message.contains(#"no space left\u{a}on device"#) == true)
        #expect(error?.message.contains("was not called") == true)
    }

    @Test func `without its second line a call's answer is discarded`() async throws {
        let fixture = try await AuditFixture()
        let kms = CountingKMS(fixture.local)
        let sink = MemorySink(refusing: Set(stride(from: 1, to: 12, by: 2)))
        let failures = await fixture.runEveryCall(
            on: fixture.audited(kms, sink), secret: try SecretBytes.random(count: 32))
        #expect(failures == 6)
        #expect(kms.callCount == 6)
        #expect(sink.lines.count == 6)
    }

    /// In a process of its own, where nobody else uses secret memory.
    @Test func `a discarded data key is wiped`() async throws {
        await #expect(processExitsWith: .success) {
            let fixture = try await AuditFixture()
            let arena = try SecretArena.prepare()
            _ = try await fixture.audited(MemorySink()).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
            let before = arena.bytesInUse
            let kept = try await fixture.audited(MemorySink()).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
            #expect(arena.bytesInUse > before)
            _ = consume kept
            #expect(arena.bytesInUse == before)
            await #expect(throws: KMSError(.auditUnavailable, operation: .generateDataKey, message: "")) {
                _ = try await fixture.audited(MemorySink(refusing: [1])).generateDataKey(
                    under: fixture.key, context: AuditFixture.context)
            }
            #expect(arena.bytesInUse == before)
        }
    }

    @Test func `a failure that cannot be logged becomes auditUnavailable, and names the failure`() async throws {
        let fixture = try await AuditFixture()
        try fixture.local.disableKey(fixture.key)
        let error = await #expect(throws: KMSError.self) {
            _ = try await fixture.audited(MemorySink(refusing: [1])).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
        }
        #expect(error?.code == .auditUnavailable)
        #expect(error?.message.contains("wrapper-key-disabled") == true)
    }

    @Test func `under continue a call goes on without its lines, and the program's log is warned`() async throws {
        let fixture = try await AuditFixture()
        let (logger, records) = RecordingLog.make()
        let kms = fixture.audited(MemorySink(refusing: [0, 1]), onFailure: .continue, warnings: logger)
        #expect(try await kms.describeKey(fixture.key).arn == fixture.key)
        #expect(records.all.map(\.level) == [.warning, .warning])
        #expect(records.all.allSatisfy { $0.message.contains("no space left") && !$0.message.contains("\n") })
    }

    @Test func `with audit logging off only failures are logged, and no call waits for the log`() async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        let kms = fixture.audited(sink, isEnabled: false)
        _ = try await kms.describeKey(fixture.key)
        #expect(sink.lines.isEmpty)
        try fixture.local.disableKey(fixture.key)
        for sink in [sink, MemorySink(refusing: [0])] {
            await #expect(throws: KMSError(.disabled, operation: .generateDataKey, message: "")) {
                _ = try await fixture.audited(sink, isEnabled: false).generateDataKey(
                    under: fixture.key, context: AuditFixture.context)
            }
        }
        #expect(sink.lines.map(\.level) == [.warn])
    }
}
