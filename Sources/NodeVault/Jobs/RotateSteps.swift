import EnvelopeCrypto
import SecretMemory
import VaultStorage

/// The steps of a rotation: records move to the active data key batch by batch, and a data key that is empty is deleted.
struct RotateSteps {
    private let session: JobSession
    private let job: OwnedJob
    private let total: Int
    private var done: Int
    private var size = BatchSize()
    private var batches = 0
    private var gapEnds = ContinuousClock.now

    init(_ session: JobSession, _ job: OwnedJob, done: Int, total: Int) {
        self.session = session
        self.job = job
        self.done = done
        self.total = total
    }

    private var store: KeyStore { session.store }

    /// A record under its old data key, and the same under its new one.
    private struct Move: Sendable {
        let old: PrivateKeyRow
        let new: PrivateKeyRow
    }

    /// Empties and deletes the data keys. Answers how many records the job has moved in all.
    mutating func callAsFunction(_ rows: [DataKeyRow]) async throws -> Int {
        let checkpointer = try WALCheckpointer(store.database)
        defer { try? checkpointer.close() }
        for row in rows { try await empty(row, checkpointer) }
        try await checkpointer.run()
        return done
    }

    private mutating func empty(_ row: DataKeyRow, _ checkpointer: WALCheckpointer) async throws {
        let subject = try session.dataKey(row)
        var opened: LeasedDataKey?
        while true {
            try session.stop.check()
            let records = try await records(under: row.id, size.count)
            guard !records.isEmpty else {
                if try await delete(row.id) { return }
                continue
            }
            let old: LeasedDataKey
            if let opened { old = opened } else { old = try await session.unwrapped(subject.wrapped, subject).key }
            opened = old
            let new = try await dataKeyForSealing()
            let moves = try records.map { try Self.sealed($0, store.vaultID, from: old, to: new) }
            try await waitForGap()
            try await write(moves, under: new.dataKey.id)
            batches += 1
            if batches.isMultiple(of: Self.batchesPerCheckpoint) { try await checkpointer.run() }
        }
    }

    /// Of some hundred pages each: before SQLite would have a writer do it at 1,000.
    private static let batchesPerCheckpoint = 4

    private func records(under id: UUIDBytes, _ count: Int) async throws -> [PrivateKeyRow] {
        let authenticator = session.authenticator
        return try await store.database.read { db in
            try VaultReader(db, authenticator: authenticator).privateKeys(under: id, count: count)
        }
    }

    private func dataKeyForSealing() async throws -> LeasedDataKey {
        if let cached = store.cachedDataKeyForSealing { return cached }
        return try await session.pace.call { try await store.dataKeyForSealing() }
    }

    /// Opens a record, seals it under the new data key, and opens that one, too: the old one is dropped.
    private static func sealed(
        _ row: PrivateKeyRow, _ vault: UUIDBytes, from old: LeasedDataKey, to new: LeasedDataKey
    ) throws -> Move {
        let secret = try KeyStore.open(row, vault, old)
        var moved = row
        moved.dataKeyID = new.dataKey.id
        moved.sealed = try SealedRecord.seal(secret, metadata: row.metadata(vault: vault), under: new.dataKey).bytes
        guard try KeyStore.open(moved, vault, new).isEqual(to: secret) else {
            throw VaultError(
                .cryptoFailure, operation: "rotate",
                message: "the record of key \(row.keyID) did not come out as it went in; the old one was kept")
        }
        return Move(old: row, new: moved)
    }

    /// The database was held for some time: others have it for as long before the next batch.
    private func waitForGap() async throws {
        let wait = ContinuousClock.now.duration(to: gapEnds)
        if wait > .zero { try await session.stop.sleep(for: wait) }
    }

    private mutating func write(_ moves: [Move], under dataKey: UUIDBytes) async throws {
        let begin = Lock(ContinuousClock.now)
        let bound = store.options.maxRecordsPerDataKey
        let written = try await job.step { transaction, job in
            begin.withLock { $0 = .now }
            guard transaction.vault.encryption?.activeDataKey == dataKey else { return nil as Int? }
            // What another caller has renamed, deleted or moved meanwhile is left to the next batch.
            var current = try moves.filter { try transaction.rows.privateKey($0.old.keyID) == $0.old }
            let hasRoom = try transaction.changeDataKey(dataKey) { row in
                current = Array(current.prefix(Int(clamping: max(0, bound - row.sealedCount))))
                row.sealedCount += Int64(current.count)
                return !current.isEmpty
            }
            guard hasRoom else { return nil }
            for move in current { try transaction.update(move.new) }
            job.done += Int64(current.count)
            return current.count
        }
        let held = begin.withLock { $0 }.duration(to: .now)
        gapEnds = .now.advanced(by: held)
        size.adapt(to: held, of: moves.count)
        guard let written else {
            // Full, or no longer the active one: another is asked for.
            store.activeDataKey = nil
            return
        }
        done += written
        session.progress(done, max(total, done))
    }

    /// Deletes a data key that no record lies under any more; false when there is one after all.
    private func delete(_ id: UUIDBytes) async throws -> Bool {
        let isDeleted = try await job.step { transaction, job in
            guard try transaction.rows.privateKeys(under: id, count: 1).isEmpty else { return nil as Bool? }
            if try transaction.rows.dataKey(id) != nil { try transaction.deleteDataKey(id) }
            job.plan?.removeAll { $0 == id }
            return true
        }
        if isDeleted == true { store.dataKeys.remove(id) }
        return isDeleted == true
    }
}
