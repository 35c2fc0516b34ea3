/// What waits for a writer's thread.
final class WriterQueue: Sendable {
    typealias Continuation = UnsafeContinuation<Result<Void, AuditFailure>, Never>

    enum Order: Sendable {
        case line(AuditLine)
        case close
    }

    /// One order. Whoever takes the continuation resumes it; nobody else does.
    private struct Job {
        let order: Order
        let deadline: MonotonicTime
        var continuation: Continuation?
    }

    private struct State {
        var waiting: [Job] = []
        var running: [Job] = []
        /// How many orders came ever, and how many had come when the deadlines were last looked at.
        var (count, countSeen) = (0, 0)
        var isRunning = false
        var isStopped = false
        /// An order that missed its deadline keeps the thread.
        var isStuck = false
        /// Nobody watches the deadlines: nothing came for a while.
        var isUnwatched = true
    }

    private let sink: any AuditSink
    private let deadline: Duration
    private let state = SignalledLock(State())
    /// Apart from `state`, so that a line wakes the writer alone.
    private let watch = SignalledLock(false)

    init(_ sink: any AuditSink, deadline: Duration) {
        self.sink = sink
        self.deadline = deadline
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        state.signal()
        watch.withLock { $0 = true }
        watch.signal()
    }

    func add(_ order: Order, _ continuation: Continuation) {
        enum Next { case refuse, start, signal }
        let now = MonotonicTime.now
        let (next, isUnwatched) = state.withLock { state -> (Next, Bool) in
            if state.isStuck { return (.refuse, false) }
            state.waiting.append(
                Job(order: order, deadline: now + deadline, continuation: continuation))
            state.count += 1
            defer { (state.isRunning, state.isUnwatched) = (true, false) }
            return (state.isRunning ? .signal : .start, state.isUnwatched)
        }
        if next == .refuse { return continuation.resume(returning: .failure(late)) }
        if next == .signal { state.signal() }
        // Without its threads the queue waits for nothing: whoever is in it fails, and the next line tries again.
        if next == .start, !OwnThread.start({ [self] in run() }) { return giveUp() }
        if isUnwatched, !OwnThread.start({ [self] in watchDeadlines() }) { state.withLock { $0.isUnwatched = true } }
    }

    private func giveUp() {
        let jobs = state.withLock { state in
            defer { (state.waiting, state.isRunning) = ([], false) }
            return state.waiting
        }
        for job in jobs {
            job.continuation?.resume(returning: .failure(AuditFailure("there are too many threads to write the log")))
        }
    }

    private var late: AuditFailure {
        AuditFailure("the log has not taken a line within \(deadline); check its disk")
    }

    // MARK: The writer's thread

    private func run() {
        while let jobs = takeWaiting() {
            var results = jobs.enumerated().map { index, job -> Result<Void, AuditFailure> in
                if isOver(index) { return .failure(late) }
                return Result { () throws(AuditFailure) in
                    try AuditFailure.mapping {
                        if case .line(let line) = job.order { try sink.write(line) } else { try sink.close() }
                    }
                }
            }
            let commit = Result { () throws(AuditFailure) in try AuditFailure.mapping { try sink.commit() } }
            if case .failure = commit { results = results.map { if case .success = $0 { commit } else { $0 } } }
            let finished = state.withLock { state in
                defer { state.running = [] }
                state.isStuck = false
                return state.running
            }
            for (job, result) in zip(finished, results) { job.continuation?.resume(returning: result) }
        }
    }

    /// Whether the caller of a running order has been told that it failed, while an earlier one hung.
    private func isOver(_ index: Int) -> Bool { state.withLock { $0.running[index].continuation == nil } }

    /// Nil when there is nothing to do any more.
    private func takeWaiting() -> [Job]? {
        state.waiting { state -> [Job]?? in
            if state.waiting.isEmpty { return state.isStopped ? .some(nil) : nil }
            state.running = state.waiting
            state.waiting = []
            return state.running
        }
    }

    // MARK: The thread of the deadlines

    private func watchDeadlines() {
        while true {
            let now = MonotonicTime.now
            let (late, next) = takeLate(at: now)
            for continuation in late { continuation.resume(returning: .failure(self.late)) }
            guard let next else { return }
            watch.sleep(until: next, unless: { $0 })
            if watch.withLock({ $0 }) { return }
        }
    }

    /// The callers whose deadline is over, and when to look again; nil when there is nothing to look for.
    private func takeLate(at now: MonotonicTime) -> (late: [Continuation], next: MonotonicTime?) {
        state.withLock { state in
            var late: [Continuation] = []
            for index in state.running.indices where state.running[index].deadline <= now {
                guard let continuation = state.running[index].continuation else { continue }
                state.running[index].continuation = nil
                state.isStuck = true
                late.append(continuation)
            }
            // These are not written any more: their callers are told that they were not.
            let kept = state.waiting.drop { $0.deadline <= now }
            late += state.waiting.prefix(state.waiting.count - kept.count).compactMap(\.continuation)
            state.waiting = Array(kept)
            if let first = (state.running + state.waiting).first(where: { $0.continuation != nil }) {
                return (late, first.deadline)
            }
            guard state.count != state.countSeen else {
                state.isUnwatched = true
                return (late, nil)
            }
            state.countSeen = state.count
            // What comes from now on is not due earlier.
            return (late, now + deadline)
        }
    }
}
