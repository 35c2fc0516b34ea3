import EnvelopeCrypto
import KeyManagement
import SecretMemory
import VaultStorage

/// One run of a rewrap: preflight, plan, one step a wrapped key, verification.
struct RewrapRun: Sendable {
    private let session: JobSession
    private let destination: RewrapDestination
    private let scope: RewrapScope

    init(_ session: JobSession, _ destination: RewrapDestination, _ scope: RewrapScope) {
        self.session = session
        self.destination = destination
        self.scope = scope
    }

    private var store: KeyStore { session.store }
    private var isDryRun: Bool { session.options.isDryRun }

    func callAsFunction() async throws -> JobReport {
        let before = try await session.vault()
        let source = try KeyStore.wrapperKeyID(before.wrapperKey, session.operation)
        let interrupted = try await session.interrupted(before)
        RewrapPreflight.warn(of: interrupted, store.options.logger)
        let preflight = RewrapPreflight(session, destination, vault: before, source: source)
        guard let (target, created) = try await preflight.target(interrupted) else {
            let all = RewrapPlan(before, try await session.dataKeys(), to: nil, .newKey, material: nil)
            // Creating and describing the key, and a probe of two calls.
            let calls = 4 + all.total * (session.options.verifiesByUnwrap ? 2 : 1)
            return report(nil, source, nil, total: all.total, done: 0, calls: calls, nil)
        }
        // One that has begun goes on; one that only meant to is replaced.
        let begun = (created ?? interrupted).flatMap { $0.target == target.arn.rawValue ? $0 : nil }
        let selection = selection.continuing(begun)
        let resumed = begun.flatMap { selection.continues($0) ? $0 : nil }
        let plan = RewrapPlan(
            before, try await session.dataKeys(), to: target.arn, selection, material: target.currentKeyMaterialID,
            after: resumed?.checkpoint, isResumed: resumed?.hasBegun(in: before) ?? false)
        guard plan.total > 0 || target.arn != source || begun != nil else {
            try preflight.refuseKeyInUse(target.arn)
            return report(nil, source, target.arn, total: 0, done: 0, calls: session.pace.count, nil)
        }
        let rewrapping = Rewrapping(session, to: target.arn)
        let integrityKey = try await preflight.check(target, plan, rewrapping)
        guard !isDryRun else {
            let preflightCalls = session.pace.count
            try await rehearse(plan, rewrapping)
            let calls = try plan.dataKeys.reduce(preflightCalls) { sum, row in
                sum + rewrapping.callsPerKey(from: try KeyStore.wrapperKeyID(row.wrapperKey, session.operation))
            }
            return report(nil, source, target.arn, total: plan.total, done: 0, calls: calls, rewrapping.method)
        }
        try session.stop.check()
        let (job, row) = try await begin(
            plan, target.arn, selection, source: source, resumed, integrityKey: integrityKey)
        let steps = RewrapSteps(session, job, rewrapping, isInOrder: selection == .all)
        let done = try await steps(plan)
        try await job.end()
        return report(
            // Of a job that was taken up again the record names the new wrapper key already: the job knows where it began.
            job.id, row.source.flatMap(WrapperKeyID.init(rawValue:)) ?? source, target.arn,
            total: max(plan.total, done), done: done, calls: session.pace.count, rewrapping.method)
    }

    /// Tries what the job would do with one data key of each wrapper key and key material.
    private func rehearse(_ plan: RewrapPlan, _ rewrapping: Rewrapping) async throws {
        var tried = Set<[String?]>()
        for row in plan.dataKeys where tried.insert([row.wrapperKey, row.keyMaterialID]).inserted {
            try await rewrapping.rehearse(try session.dataKey(row))
        }
    }

    private var selection: RewrapPlan.Selection {
        guard destination == .currentKey else {
            if case .newKey = destination { return .newKey }
            return .otherKeys
        }
        switch scope {
        case .stale: return .stale
        case .all: return .all
        case .olderThan(let age):
            // Chosen by a clock because the operator asks for an age; the job keeps the moment that it began with.
            return .olderThan(microsecondsSince1970() - Int64(age / .microseconds(1)))
        }
    }

    /// Puts the job, the new wrapper key and the integrity key's new wrapping on record.
    private func begin(
        _ plan: RewrapPlan, _ target: WrapperKeyID, _ selection: RewrapPlan.Selection, source: WrapperKeyID,
        _ resumed: JobRow?, integrityKey: WrappedDataKey?
    ) async throws -> (OwnedJob, JobRow) {
        let old = try await session.vault().integrityWrapped
        let fresh = JobRow(
            id: try .random(), kind: .rewrap, source: source.rawValue, target: target.rawValue, scope: selection.text,
            fence: try .random(), total: Int64(plan.total), createdAt: microsecondsSince1970())
        return try await OwnedJob.begin(fresh, takingOver: resumed?.id, in: store) { transaction, row in
            guard var vault = transaction.vault.encryption, vault.wrapperKey == source.rawValue else {
                throw KeyStore.tooContended("rewrap")
            }
            if target.rawValue != vault.wrapperKey {
                vault.createdWrapperKey = row.scope == RewrapPlan.Selection.newKey.text
            }
            vault.wrapperKey = target.rawValue
            if let integrityKey {
                guard vault.integrityWrapped == old else { throw KeyStore.tooContended("rewrap") }
                vault.integrityWrapped = integrityKey.ciphertext
                vault.integrityWrapperKey = integrityKey.wrapperKey.rawValue
                vault.integrityMaterialID = integrityKey.keyMaterialID
                row.done += 1
            }
            row.total = row.done + Int64(plan.dataKeys.count)
            transaction.vault.encryption = vault
        }
    }

    private func report(
        _ job: UUIDBytes?, _ source: WrapperKeyID, _ target: WrapperKeyID?, total: Int, done: Int, calls: Int,
        _ method: RewrapMethod?
    ) -> JobReport {
        JobReport(
            kind: .rewrap, jobID: job, source: source, target: target, total: total, done: done, kmsCalls: calls,
            isDryRun: isDryRun, method: method)
    }
}
