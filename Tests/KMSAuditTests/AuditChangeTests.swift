import KMSAudit
import KMSConformance
import Logging
import SecretMemory
import Testing

/// A log whose rules are changed while it is in use.
@Suite struct AuditChangeTests {
    private let fixture: AuditFixture

    init() async throws { fixture = try await AuditFixture() }

    private func log(_ sink: any AuditSink) -> AuditLog {
        AuditLog(node: AuditFixture.node, sink: sink, warnings: Logger(label: "test"))
    }

    @Test func `a request under way ends as it began, and the next one begins anew`() async throws {
        let (before, after) = (EagerSink(), MemorySink())
        let log = log(before)
        before.atFirstLine.withLock { body in
            body = { log.change(isEnabled: false, onFailure: .refuse, sinks: [after]) }
        }
        let kms = AuditedKMS(fixture.local, log: log)
        _ = try await kms.describeKey(fixture.key)
        #expect(before.lines.map { $0.message.prefix(4) } == ["Send", "Rece"])
        _ = try await kms.describeKey(fixture.key)
        #expect(before.lines.count == 2 && after.lines.isEmpty)
        log.change(isEnabled: true, onFailure: .refuse)
        _ = try await kms.describeKey(fixture.key)
        #expect(before.lines.count == 2 && after.lines.count == 2)
    }

    @Test func `a sink that is left is closed, and one that stays is not`() async throws {
        let (left, stays) = (ClosableSink(), ClosableSink())
        let log = log(left)
        log.change(isEnabled: true, onFailure: .continue)
        log.change(isEnabled: true, onFailure: .continue, sinks: [stays])
        let start = ContinuousClock.now
        while left.closed.withLock({ $0 }) == 0, start.duration(to: .now) < .seconds(10) {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(left.closed.withLock { $0 } == 1)
        #expect(stays.closed.withLock { $0 } == 0)
        try await log.close()
        #expect(left.closed.withLock { $0 } == 1)
        #expect(stays.closed.withLock { $0 } == 1)
    }

    @Test func `closing reaches every sink, and its failure is thrown only where calls depend on the log`() async throws
    {
        let (failing, sound) = (ClosableSink(isFailing: true), ClosableSink())
        let log = AuditLog(
            node: AuditFixture.node, sink: failing, furtherSinks: [sound], warnings: Logger(label: "test"))
        await #expect(throws: AuditFailure("the disk is full")) { try await log.close() }
        #expect(sound.closed.withLock { $0 } == 1)
        log.change(isEnabled: true, onFailure: .continue)
        try await log.close()
        log.change(isEnabled: false, onFailure: .refuse)
        try await log.close()
        #expect(sound.closed.withLock { $0 } == 3)
    }
}

/// Counts how often it is closed.
private final class ClosableSink: AuditSink {
    let closed = Lock(0)
    private let isFailing: Bool

    init(isFailing: Bool = false) { self.isFailing = isFailing }

    func write(_ line: AuditLine) {}

    func close() throws {
        closed.withLock { $0 += 1 }
        if isFailing { throw AuditFailure("the disk is full") }
    }
}

/// Runs something at its first line.
private final class EagerSink: AuditSink {
    let atFirstLine = Lock<(@Sendable () -> Void)?>(nil)
    private let memory = MemorySink()

    var lines: [AuditLine] { memory.lines }

    func write(_ line: AuditLine) throws {
        let body = atFirstLine.withLock { body in
            defer { body = nil }
            return body
        }
        body?()
        try memory.write(line)
    }
}
