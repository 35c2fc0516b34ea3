import KMSAudit
import SecretMemory

/// Keeps lines in memory; refuses the ones that a test names by number.
final class MemorySink: AuditSink {
    private let state = Lock((lines: [AuditLine](), count: 0))
    private let refused: Set<Int>

    init(refusing refused: Set<Int> = []) { self.refused = refused }

    var lines: [AuditLine] { state.withLock { $0.lines } }

    func write(_ line: AuditLine) throws {
        let number = state.withLock { state in
            defer { state.count += 1 }
            return state.count
        }
        guard !refused.contains(number) else { throw AuditFailure("no space left\non device") }
        state.withLock { $0.lines.append(line) }
    }
}
