import EnvelopeCrypto
import KeyManagement
import Logging
import SecretMemory

extension DataKeyCache {
    /// How many refreshes are under way at once, so that a full cache does not flood the KMS.
    private static let refreshConcurrency = 8

    /// Drops what is too old, though nobody has asked for it, and refreshes what is in use and soon will be.
    func dropExpired() {
        let instant = now()
        let (dropped, due) = state.withLock { state in
            var due: [UUIDBytes] = []
            let dropped = state.entries.removeAll { entry in
                if entry.leased.lifetime.beginsRefresh(at: instant) { due.append(entry.leased.dataKey.id) }
                return !entry.leased.lifetime.isUsable(at: instant)
            }
            return (dropped, due)
        }
        for entry in dropped { drop(entry) }
        refresh(due)
        if let arena = try? SecretArena.shared() {
            observer.noteLockedBytes(arena.bytesInUse + OpenSSLSecureHeap.bytesInUse)
        }
    }

    /// Unwraps these anew in the background, some at a time.
    func refresh(_ ids: [UUIDBytes]) {
        let instant = now()
        state.withLock { state in
            state.due += ids
            while state.refreshing < Self.refreshConcurrency, !state.due.isEmpty {
                let id = state.due.removeFirst()
                guard let entry = state.entries.peek(id) else { continue }
                guard state.flights[id] == nil else {
                    entry.leased.lifetime.postponeRefresh(at: instant)
                    continue
                }
                let number = state.nextFlight()
                state.refreshing += 1
                // Detached: it belongs to no caller, and carries no caller's trace id into the audit log.
                let task = Task.detached { try await self.refresh(id, number, entry) }
                state.flights[id] = Flight(number: number, task: task)
            }
        }
    }

    private func refresh(_ id: UUIDBytes, _ number: Int, _ entry: Entry) async throws -> LeasedDataKey {
        defer {
            state.withLock { $0.refreshing -= 1 }
            refresh([])
        }
        do {
            let fresh = try await timed(entry.unwrap)
            renew(id, number, entry, as: fresh)
            return fresh
        } catch {
            endFlight(id, number)
            notice(VaultError(error, operation: "unwrap"), id, entry)
            throw error
        }
    }

    /// Renews the entry; the copy just unwrapped is wiped when nobody holds it.
    private func renew(_ id: UUIDBytes, _ number: Int, _ entry: Entry, as fresh: LeasedDataKey) {
        let (isRenewed, isOver) = state.withLock { state in
            guard state.flights[id]?.number == number else { return (false, false) }
            state.flights[id] = nil
            guard state.entries.peek(id)?.leased === entry.leased else { return (false, false) }
            entry.leased.lifetime.renew(as: fresh.lifetime)
            defer { state.isOutage = false }
            return (true, state.isOutage)
        }
        if isRenewed { observer.note(.refresh, in: .dataKeys) }
        if isOver { logger.notice("the KMS answers again: data keys in memory are refreshed") }
    }

    private func notice(_ failure: VaultError, _ id: UUIDBytes, _ entry: Entry) {
        guard failure.isOutage else {
            entry.leased.lifetime.endAtAge()
            observer.note(.refusal, in: .dataKeys)
            logger.warning(
                "data key \(id) was not refreshed and leaves memory at its age: \(failure.message)",
                metadata: ["code": "\(failure.code)"])
            return
        }
        entry.leased.lifetime.postponeRefresh(at: now())
        observer.note(.outage, in: .dataKeys)
        let isNew = state.withLock { state in
            defer { state.isOutage = true }
            return !state.isOutage
        }
        guard isNew else { return }
        logger.warning(
            """
            the KMS cannot be asked, so data keys in memory stay in use beyond their age, for cache.outage-grace at \
            most: \(failure.message)
            """, metadata: ["code": "\(failure.code)"])
    }
}

extension VaultError {
    /// Whether nobody could be asked, in contrast to an answer that says no.
    var isOutage: Bool {
        guard let kmsError else { return isRetryable }
        return [.unavailable, .throttled, .timedOut, .busy].contains(kmsError.code)
    }
}
