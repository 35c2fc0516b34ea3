import EnvelopeCrypto
import KeyManagement
import SecretMemory
import VaultStorage

/// The steps of a rewrap: one wrapped key each, several of them waiting for the KMS at once.
struct RewrapSteps: Sendable {
    /// Which of the planned data keys are done, so that the job can be taken up behind the last one that has none missing
    /// before it.
    private final class Order: Sendable {
        private let state = Lock((finished: Set<Int>(), next: 0))

        /// The number of the last planned data key of which, with `index`, all are done up to it.
        func finish(_ index: Int) -> Int? {
            state.withLock { state in
                state.finished.insert(index)
                while state.finished.remove(state.next) != nil { state.next += 1 }
                return state.next > 0 ? state.next - 1 : nil
            }
        }
    }

    private let session: JobSession
    private let job: OwnedJob
    private let rewrapping: Rewrapping
    /// Whether the job keeps a checkpoint because the rows themselves do not show what is done.
    private let isInOrder: Bool

    init(_ session: JobSession, _ job: OwnedJob, _ rewrapping: Rewrapping, isInOrder: Bool) {
        self.session = session
        self.job = job
        self.rewrapping = rewrapping
        self.isInOrder = isInOrder
    }

    /// Does all of them, and those that turn up meanwhile. Answers how many, with the integrity key.
    func callAsFunction(_ plan: RewrapPlan) async throws -> Int {
        var done = plan.includesIntegrityKey ? 1 : 0
        var rows = plan.dataKeys
        session.progress(0, plan.total)
        if done > 0 { session.progress(done, plan.total) }
        while true {
            try await run(rows, after: done, total: done + rows.count)
            done += rows.count
            // Another process may have added a data key under the old wrapper key just before the new one was on record.
            let vault = try await session.vault()
            let left = RewrapPlan(
                vault, try await session.dataKeys(), to: rewrapping.target, .otherKeys, material: nil)
            guard left.total > 0 else { return done }
            guard !left.includesIntegrityKey else { throw KeyStore.tooContended(session.operation) }
            rows = left.dataKeys
        }
    }

    private func run(_ rows: [DataKeyRow], after done: Int, total: Int) async throws {
        let (order, finished) = (Order(), Lock(done))
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = Array(rows.enumerated())[...]
            var running = 0
            while running > 0 || !waiting.isEmpty {
                if running < session.options.concurrency, !session.stop.isSet, let (index, row) = waiting.popFirst() {
                    running += 1
                    group.addTask {
                        try await rewrap(row) { order.finish(index).map { rows[$0].id } }
                        let count = finished.withLock { count in
                            count += 1
                            return count
                        }
                        session.progress(count, total)
                    }
                } else {
                    guard running > 0 else { throw CancellationError() }
                    try await group.next()
                    running -= 1
                }
            }
        }
    }

    private func rewrap(_ row: DataKeyRow, _ checkpoint: @escaping @Sendable () -> UUIDBytes?) async throws {
        let new = try await rewrapping(session.dataKey(row))
        let (now, isInOrder) = (microsecondsSince1970(), isInOrder)
        try await job.step { transaction, job in
            // Its own wrapping is what a step replaces: where another one is there, or none, nothing is left to do.
            if var current = try transaction.rows.dataKey(row.id), current.wrapped == row.wrapped {
                current.wrapped = new.ciphertext
                current.wrapperKey = new.wrapperKey.rawValue
                current.keyMaterialID = new.keyMaterialID
                current.rewrappedAt = now
                try transaction.update(current)
            }
            // Inside the transaction, of which there is one at a time.
            if isInOrder, let id = checkpoint() { job.checkpoint = id }
            job.done += 1
            return true
        }
    }
}
