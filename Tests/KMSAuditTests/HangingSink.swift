import Dispatch
import Glibc
import KMSAudit
import SecretMemory

/// Takes lines up to a number, then hangs until it is released.
final class HangingSink: AuditSink {
    private let semaphore = DispatchSemaphore(value: 0)
    private let state = Lock((count: 0, isReleased: false))
    private let first: Int

    init(from first: Int) { self.first = first }

    /// How many lines came.
    var count: Int { state.withLock { $0.count } }

    /// Lets one line go on.
    func step() { semaphore.signal() }

    /// Lets every line go on, from now on.
    func release() {
        state.withLock { $0.isReleased = true }
        semaphore.signal()
    }

    func write(_ line: AuditLine) {
        let hangs = state.withLock { state in
            defer { state.count += 1 }
            return state.count >= first && !state.isReleased
        }
        if hangs { semaphore.wait() }
    }
}

/// Counts; each commit takes as long as a disk.
final class CommitCounter: AuditSink {
    private let state = Lock((writes: 0, commits: 0, fails: false, isClosed: false))

    var counts: (writes: Int, commits: Int) { state.withLock { ($0.writes, $0.commits) } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func fail() { state.withLock { $0.fails = true } }

    func write(_ line: AuditLine) { state.withLock { $0.writes += 1 } }

    func commit() throws {
        let fails = state.withLock { state in
            state.commits += 1
            return state.fails
        }
        if fails { throw AuditFailure("the disk is gone") }
        usleep(5_000)
    }

    func close() { state.withLock { $0.isClosed = true } }
}
