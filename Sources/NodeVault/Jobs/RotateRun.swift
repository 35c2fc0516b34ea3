import EnvelopeCrypto
import KMSAudit
import KeyManagement
import SecretMemory
import VaultStorage

/// One run of a rotation: preflight, plan, one step a batch of records, and one for each data key that was emptied.
struct RotateRun: Sendable {
    private let session: JobSession

    init(_ session: JobSession) { self.session = session }

    private var store: KeyStore { session.store }

    func callAsFunction() async throws -> JobReport {
        let before = try await session.vault()
        let interrupted = try await session.interrupted(before)
        let wrapperKey = try KeyStore.wrapperKeyID(before.wrapperKey, session.operation)
        let old = Set(interrupted?.plan ?? [])
        let rows = try await session.dataKeys().filter { interrupted == nil || old.contains($0.id) }
        let counts = try await recordCounts()
        let left = rows.reduce(0) { $0 + (counts[$1.id] ?? 0) }
        guard !rows.isEmpty || interrupted != nil else { return report(nil, wrapperKey, total: 0, done: 0, calls: 0) }
        try await check(wrapperKey, rows)
        guard !session.options.isDryRun else {
            let bound = store.options.maxRecordsPerDataKey
            let made = Int64(left) / bound + (Int64(left) % bound > 0 ? 1 : 0)
            let unwrapped = rows.count { counts[$0.id] ?? 0 > 0 }
            return report(
                nil, wrapperKey, total: left, done: 0, calls: session.pace.count + Int(made) + unwrapped)
        }
        try session.stop.check()
        let (job, row) = try await begin(wrapperKey, rows, left: left, interrupted)
        session.progress(Int(row.done), Int(row.done) + left)
        var steps = RotateSteps(session, job, done: Int(row.done), total: Int(row.done) + left)
        let moved = try await steps(rows)
        try await checkIsEmpty(rows)
        try await job.end()
        return report(job.id, wrapperKey, total: moved, done: moved, calls: session.pace.count)
    }

    /// Refuses before anything changes when new data keys cannot be wrapped, or old ones not be unwrapped: one of each
    /// key material is tried.
    private func check(_ wrapperKey: WrapperKeyID, _ rows: [DataKeyRow]) async throws {
        let file = store.database.file
        try file.checkRoom(for: Self.leastRoom + 2 * file.size)
        let kms = session.kms
        try await session.check(try await session.pace.call { try await kms.describeKey(wrapperKey) })
        var tried = Set<[String?]>()
        for row in rows where tried.insert([row.wrapperKey, row.keyMaterialID]).inserted {
            let subject = try session.dataKey(row)
            try await store.checkTrust(subject.wrapped.wrapperKey, for: .unwrap, operation: session.operation)
            _ = try await session.unwrapped(subject.wrapped, subject)
        }
    }

    private static let leastRoom: Int64 = 1 << 20

    /// Puts the job on record and leaves the active data key: from now on nothing is sealed under those of the plan.
    private func begin(
        _ wrapperKey: WrapperKeyID, _ rows: [DataKeyRow], left: Int, _ interrupted: JobRow?
    ) async throws -> (OwnedJob, JobRow) {
        let plan = rows.map(\.id)
        let fresh = JobRow(
            id: try .random(), kind: .rotate, source: wrapperKey.rawValue, target: wrapperKey.rawValue, scope: "all",
            plan: plan, fence: try .random(), total: 0, createdAt: microsecondsSince1970())
        return try await OwnedJob.begin(fresh, takingOver: interrupted?.id, in: store) { transaction, row in
            if let active = transaction.vault.encryption?.activeDataKey, plan.contains(active) {
                transaction.vault.encryption?.activeDataKey = nil
            }
            row.plan = plan
            row.total = row.done + Int64(left)
        }
    }

    private func recordCounts() async throws -> [UUIDBytes?: Int] {
        let authenticator = session.authenticator
        return try await store.database.read { db in
            try VaultReader(db, authenticator: authenticator).recordCounts()
        }.mapValues(Int.init)
    }

    private func checkIsEmpty(_ rows: [DataKeyRow]) async throws {
        let left = Set(try await session.dataKeys().map(\.id))
        guard !rows.contains(where: { left.contains($0.id) }) else { throw KeyStore.tooContended(session.operation) }
    }

    private func report(
        _ job: UUIDBytes?, _ wrapperKey: WrapperKeyID, total: Int, done: Int, calls: Int
    ) -> JobReport {
        JobReport(
            kind: .rotate, jobID: job, source: wrapperKey, target: wrapperKey, total: total, done: done,
            kmsCalls: calls, isDryRun: session.options.isDryRun, method: nil)
    }
}
