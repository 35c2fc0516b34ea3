import EnvelopeCrypto
import KMSAudit
import KeyManagement
import SecretMemory
import VaultStorage

/// One run of a rewrap.
struct RewrapRun: Sendable {
    let store: KeyStore
    let kms: AuditedKMS
    let authenticator: RowAuthenticator
    let progress: @Sendable (Int, Int) -> Void

    /// Where the wrappings go.
    private struct Target: Sendable {
        let key: WrapperKeyID
        /// Whether it was made for this rewrap; nil where it is the vault's own already.
        let isNew: Bool?
        /// Set when wrappings under the same wrapper key are replaced too: those of any other key material.
        let currentMaterial: String??

        func needs(_ wrapperKey: String, _ material: String?) -> Bool {
            guard wrapperKey == key.rawValue else { return true }
            guard let currentMaterial else { return false }
            return material == nil || material != currentMaterial
        }
    }

    private struct Plan: Sendable {
        let source: WrapperKeyID
        let includesIntegrityKey: Bool
        let dataKeys: [DataKeyRow]
        var total: Int { dataKeys.count + (includesIntegrityKey ? 1 : 0) }
    }

    /// KMS calls and wrapped keys so far.
    private final class Tally: Sendable {
        private let state = Lock((calls: 0, done: 0))
        var calls: Int { state.withLock { $0.calls } }
        func addCalls(_ count: Int) { state.withLock { $0.calls += count } }
        func addDone() -> Int {
            state.withLock { state in
                state.done += 1
                return state.done
            }
        }
        var done: Int { state.withLock { $0.done } }
    }

    private static let callsPerKey = 2

    func callAsFunction(
        _ destination: RewrapDestination, isDryRun: Bool, concurrency: Int
    ) async throws -> RewrapReport {
        let tally = Tally()
        let before = try await vault()
        let source = try KeyStore.wrapperKeyID(before.wrapperKey, "rewrap")
        let unfinished = try await unfinishedTarget(before)
        let target = try await target(
            destination, vault: before, unfinished: unfinished, isDryRun: isDryRun, tally)
        guard let target else {
            let all = try await plan(nil)
            return RewrapReport(
                jobID: nil, source: source, target: nil, total: all.total, done: 0,
                kmsCalls: 1 + all.total * Self.callsPerKey, isDryRun: true)
        }
        let plan = try await plan(target)
        if case .key(let named) = destination, target.key == source, plan.total == 0, unfinished == nil {
            throw VaultError(
                .wrapperKeyInUse, operation: "rewrap",
                message: "the vault lies under wrapper key \(target.key) already"
                    + (named == target.key ? "" : ", which \(named) is another name of"),
                hint: "leave --to out to replace wrappings under old key material, or name another key")
        }
        guard !isDryRun else {
            return RewrapReport(
                jobID: nil, source: source, target: target.key, total: plan.total, done: 0,
                kmsCalls: plan.total * Self.callsPerKey, isDryRun: true)
        }
        guard plan.total > 0 || target.key != source || unfinished != nil else {
            return RewrapReport(
                jobID: nil, source: source, target: target.key, total: 0, done: 0, kmsCalls: tally.calls,
                isDryRun: false)
        }
        let job = try await begin(plan, target)
        progress(0, plan.total)
        var remaining = plan
        while remaining.total > 0 {
            let total = max(plan.total, tally.done + remaining.total)
            try await rewrap(remaining, to: target, job: job, concurrency: concurrency, tally, total: total)
            // Another process may have added a data key under the old wrapper key meanwhile.
            remaining = try await self.plan(target, onlyOtherKeys: true)
        }
        try await finish()
        return RewrapReport(
            // Of a job that was taken up again the record names the new wrapper key already: the job knows where it began.
            jobID: job.id, source: job.source.flatMap(WrapperKeyID.init(rawValue:)) ?? source, target: target.key,
            total: max(plan.total, tally.done), done: tally.done,
            kmsCalls: tally.calls, isDryRun: false)
    }

    // MARK: - Preflight

    private func vault() async throws -> VaultRow.Encryption {
        let authenticator = authenticator
        let vault = try await store.database.read { db in try VaultReader(db, authenticator: authenticator).vault() }
        guard let encryption = vault.encryption else {
            throw VaultError(.notEncrypted, operation: "rewrap", message: "the vault is clear")
        }
        return encryption
    }

    /// The vault's wrapper key where a rewrap to it was interrupted.
    private func unfinishedTarget(_ vault: VaultRow.Encryption) async throws -> WrapperKeyID? {
        let authenticator = authenticator
        let jobs = try await store.database.read { db in
            try VaultReader(db, authenticator: authenticator).all(JobRow.self)
        }
        guard jobs.contains(where: { $0.isRunningRewrap && $0.target == vault.wrapperKey }) else { return nil }
        return try KeyStore.wrapperKeyID(vault.wrapperKey, "rewrap")
    }

    /// The wrapper key to go to, checked; nil when it would be created and this is a dry run.
    private func target(
        _ destination: RewrapDestination, vault: VaultRow.Encryption, unfinished: WrapperKeyID?, isDryRun: Bool,
        _ tally: Tally
    ) async throws -> Target? {
        let named: WrapperKeyID
        var isNew: Bool? = false
        switch destination {
        case .currentKey:
            isNew = nil
            named = try KeyStore.wrapperKeyID(vault.wrapperKey, "rewrap")
        case .key(let key): named = key
        case .newKey(let template):
            if let unfinished {
                isNew = nil
                named = unfinished
            } else {
                guard !isDryRun else { return nil }
                tally.addCalls(1)
                isNew = true
                named = try await kms.createKey(template.request(vault: store.vaultID, node: store.node)).arn
            }
        }
        do {
            tally.addCalls(1)
            let found = try await describe(named, isChosen: destination == .key(named))
            try found.checkUsable("rewrap")
            try await store.checkTrust(found.arn, operation: "rewrap")
            return Target(
                key: found.arn, isNew: found.arn.rawValue == vault.wrapperKey ? nil : isNew,
                currentMaterial: destination == .currentKey ? .some(found.currentKeyMaterialID) : .none)
        } catch {
            throw isNew == true ? naming(named, error) : error
        }
    }

    /// What the KMS says of the wrapper key to go to.
    private func describe(_ key: WrapperKeyID, isChosen: Bool) async throws -> KeyDescription {
        do { return try await kms.describeKey(key) } catch {
            guard isChosen, error.code == .notFound else { throw error }
            throw VaultError(
                VaultError.Code(rawValue: error.code.rawValue), operation: "rewrap",
                message: "the KMS has no wrapper key \(key)",
                hint: "check the name; nodevault status shows the key in use",
                cause: error)
        }
    }

    private func naming(_ created: WrapperKeyID, _ error: any Error) -> VaultError {
        let failure = VaultError(error, operation: "rewrap")
        return VaultError(
            failure.code, operation: "rewrap", message: failure.message,
            hint: "the wrapper key \(created) was created before; rewrap to it by name", cause: failure.cause)
    }

    /// The wrapped keys that are not where they should be; all of them without a target.
    private func plan(_ target: Target?, onlyOtherKeys: Bool = false) async throws -> Plan {
        let authenticator = authenticator
        let (vault, rows) = try await store.database.read { db in
            let reader = VaultReader(db, authenticator: authenticator)
            return (try reader.vault(), try reader.all(DataKeyRow.self))
        }
        guard let encryption = vault.encryption else {
            throw VaultError(.notEncrypted, operation: "rewrap", message: "the vault is clear")
        }
        let wanted = onlyOtherKeys ? target.map { Target(key: $0.key, isNew: nil, currentMaterial: .none) } : target
        return Plan(
            source: try KeyStore.wrapperKeyID(encryption.wrapperKey, "rewrap"),
            includesIntegrityKey: wanted?.needs(encryption.integrityWrapperKey, encryption.integrityMaterialID) ?? true,
            dataKeys: rows.filter { wanted?.needs($0.wrapperKey, $0.keyMaterialID) ?? true })
    }

    // MARK: - Steps

    /// Puts the job and the new wrapper key on record; takes up a job that was interrupted on the way to the same key.
    private func begin(_ plan: Plan, _ target: Target) async throws -> JobRow {
        let (authenticator, now) = (authenticator, microsecondsSince1970())
        let fresh = JobRow(
            id: try UUIDBytes.random(), kind: .rewrap, state: .running, source: plan.source.rawValue,
            target: target.key.rawValue, done: 0, total: Int64(plan.total), createdAt: now, updatedAt: now)
        return try await store.database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            let interrupted = try transaction.rows.all(JobRow.self).first {
                $0.isRunningRewrap && $0.target == fresh.target
            }
            if interrupted == nil { try transaction.insert(fresh) }
            transaction.vault.encryption?.wrapperKey = target.key.rawValue
            if let isNew = target.isNew { transaction.vault.encryption?.createdWrapperKey = isNew }
            try transaction.finish()
            return interrupted ?? fresh
        }
    }

    private func rewrap(
        _ plan: Plan, to target: Target, job: JobRow, concurrency: Int, _ tally: Tally, total: Int
    ) async throws {
        if plan.includesIntegrityKey {
            try await rewrapIntegrityKey(to: target, job: job, tally)
            progress(tally.addDone(), total)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = plan.dataKeys[...]
            var running = 0
            while running > 0 || !waiting.isEmpty {
                if running < concurrency, let row = waiting.popFirst() {
                    running += 1
                    group.addTask {
                        try Task.checkCancellation()
                        try await rewrap(row, to: target, job: job, tally)
                        progress(tally.addDone(), total)
                    }
                } else {
                    try await group.next()
                    running -= 1
                }
            }
        }
    }

    private func rewrapIntegrityKey(to target: Target, job: JobRow, _ tally: Tally) async throws {
        let current = try await vault()
        let context = EncryptionContext(vault: store.vaultID, key: current.integrityKeyID, use: .integrity)
        let old = WrappedDataKey(
            ciphertext: current.integrityWrapped,
            wrapperKey: try KeyStore.wrapperKeyID(current.integrityWrapperKey, "rewrap"),
            keyMaterialID: current.integrityMaterialID)
        tally.addCalls(Self.callsPerKey)
        let answer = try await kms.rewrap(old, to: target.key, context: context)
        try KeyStore.check(answer.wrapped.wrapperKey, isAnswerFor: target.key, operation: "rewrap")
        let opened = try await kms.unwrap(answer.wrapped, context: context)
        guard opened.plaintext.isEqual(to: authenticator.integrityKey.bytes) else {
            throw wrongKey("the integrity key")
        }
        let material = answer.wrapped.keyMaterialID ?? opened.keyMaterialID
        let authenticator = authenticator
        try await store.database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            guard transaction.vault.encryption?.integrityWrapped == old.ciphertext else { return }
            transaction.vault.encryption?.integrityWrapped = answer.wrapped.ciphertext
            transaction.vault.encryption?.integrityWrapperKey = answer.wrapped.wrapperKey.rawValue
            transaction.vault.encryption?.integrityMaterialID = material
            try Self.advance(job, in: &transaction)
            try transaction.finish()
        }
    }

    private func rewrap(_ row: DataKeyRow, to target: Target, job: JobRow, _ tally: Tally) async throws {
        let context = EncryptionContext(vault: store.vaultID, key: row.id, use: .dataKey)
        let old = WrappedDataKey(
            ciphertext: row.wrapped, wrapperKey: try KeyStore.wrapperKeyID(row.wrapperKey, "rewrap"),
            keyMaterialID: row.keyMaterialID)
        tally.addCalls(Self.callsPerKey)
        let answer = try await kms.rewrap(old, to: target.key, context: context)
        try KeyStore.check(answer.wrapped.wrapperKey, isAnswerFor: target.key, operation: "rewrap")
        let opened = try await kms.unwrap(answer.wrapped, context: context)
        let material = answer.wrapped.keyMaterialID ?? opened.keyMaterialID
        let dataKey = try DataKey(id: row.id, bytes: opened.takePlaintext())
        let binding = try dataKey.binding(vault: store.vaultID, integrityKey: authenticator.integrityKey)
        guard isEqualInConstantTime(binding, row.binding) else { throw wrongKey("data key \(row.id)") }
        let (authenticator, now) = (authenticator, microsecondsSince1970())
        try await store.database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            guard var current = try transaction.rows.dataKey(row.id), current.wrapped == row.wrapped else { return }
            current.wrapped = answer.wrapped.ciphertext
            current.wrapperKey = answer.wrapped.wrapperKey.rawValue
            current.keyMaterialID = material
            current.rewrappedAt = now
            try transaction.update(current)
            try Self.advance(job, in: &transaction)
            try transaction.finish()
        }
    }

    private func wrongKey(_ what: String) -> VaultError {
        VaultError(
            .authenticationFailed, operation: "rewrap",
            message: "the KMS answered another key for \(what); its old wrapping was kept", hint: "check the KMS")
    }

    private static func advance(_ job: JobRow, in transaction: inout VaultTransaction) throws {
        guard var current = try transaction.rows.job(job.id) else { return }
        current.done += 1
        current.total = max(current.total, current.done)
        current.updatedAt = microsecondsSince1970()
        try transaction.update(current)
    }

    /// Ends the job, and earlier ones that were interrupted on the way to other wrapper keys: nothing is left of them.
    private func finish() async throws {
        let authenticator = authenticator
        try await store.database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            for var running in try transaction.rows.all(JobRow.self) where running.isRunningRewrap {
                running.state = .done
                running.updatedAt = microsecondsSince1970()
                try transaction.update(running)
            }
            try transaction.finish()
        }
    }
}

extension JobRow {
    fileprivate var isRunningRewrap: Bool { kind == .rewrap && state == .running }
}
