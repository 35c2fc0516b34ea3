import EnvelopeCrypto
import Logging
import SecretMemory
import Tracing
import VaultStorage

extension KeyStore {
    /// Unwraps the vault's data keys ahead of their use, those made last first and no more than the cache holds.
    ///
    /// One KMS call a data key, however many private keys lie under it; none for those in memory.
    ///
    /// - Parameters:
    ///   - concurrency: how many KMS calls are under way at once, 1 to 64.
    ///   - progress: called with the number of data keys done and of all, from any thread.
    /// - Returns: the number of data keys that are in memory now.
    /// - Throws: ``VaultError`` of the first data key that does not unwrap; those unwrapped before stay in memory.
    @discardableResult
    public func preloadDataKeys(
        concurrency: Int = 8, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(VaultError) -> Int {
        try checkUsable("preload")
        guard (1...64).contains(concurrency) else {
            throw VaultError(
                .invalidArgument, operation: "preload", message: "\(concurrency) calls at once were asked for",
                hint: "ask for 1 to 64")
        }
        return try await mapped("preload") {
            let all = try await database.read { db in try VaultReader(db, authenticator: nil).dataKeyIDs() }
            let ids = Array(all.suffix(options.cacheCapacity).reversed())
            if ids.count < all.count {
                options.logger.warning("the cache holds \(ids.count) of the vault's \(all.count) data keys")
            }
            try await withSpan("nodevault.preload") { span in
                span.attributes["nodevault.data_keys"] = ids.count
                try await preload(ids, concurrency: concurrency, progress: progress)
            }
            return ids.count
        }
    }

    private func preload(
        _ ids: [UUIDBytes], concurrency: Int, progress: @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = ids[...]
            for id in waiting.prefix(concurrency) {
                group.addTask { _ = try await self.dataKey(holding: id) }
            }
            waiting = waiting.dropFirst(concurrency)
            var done = 0
            while try await group.next() != nil {
                done += 1
                progress(done, ids.count)
                if let id = waiting.popFirst() { group.addTask { _ = try await self.dataKey(holding: id) } }
            }
        }
    }

    /// Drops data keys that the vault has no more: another process has rotated them.
    func dropDeletedDataKeys() {
        let held = dataKeys.ids
        guard !held.isEmpty else { return }
        let current = try? database.read { db in Set(try VaultReader(db, authenticator: nil).dataKeyIDs()) }
        for id in held where current?.contains(id) != true { dataKeys.remove(id) }
    }
}
