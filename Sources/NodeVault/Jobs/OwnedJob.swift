import EnvelopeCrypto
import SecretMemory
import VaultStorage

/// A job on record that this process is at work on.
///
/// The lock shows others that its owner lives; the fence, drawn at random when the job was started or taken over, is compared
/// inside the transaction of every step, so that who lost the job without noticing it writes nothing more. Neither rests on
/// a clock.
final class OwnedJob: Sendable {
    let id: UUIDBytes
    private let fence: UUIDBytes
    private let store: KeyStore
    private let kind: JobRow.Kind

    private init(_ row: JobRow, _ store: KeyStore) {
        id = row.id
        fence = row.fence
        kind = row.kind
        self.store = store
    }

    /// Jobs on record that were neither done nor replaced by another one, each of them authenticated.
    static func unfinished(in store: KeyStore) async throws -> [JobRow] {
        let authenticator = store.authenticator
        return try await store.database.read { db in
            try VaultReader(db, authenticator: authenticator).all(JobRow.self)
        }.filter { $0.state == .running }
    }

    /// Puts a job on record, or takes one over, and ends all others, in one transaction with its first step.
    ///
    /// - Parameters:
    ///   - fresh: the new job; of one that is taken over, only the fence is used.
    ///   - interrupted: the job to be taken over.
    ///   - body: the first step; what it does to the job is written, too.
    static func begin(
        _ fresh: JobRow, takingOver interrupted: UUIDBytes?, in store: KeyStore,
        _ body: @escaping @Sendable (inout VaultTransaction, inout JobRow) throws -> Void = { _, _ in }
    ) async throws -> (OwnedJob, JobRow) {
        let row = try await store.change { transaction in
            let running = try transaction.rows.all(JobRow.self).filter { $0.state == .running }
            let found = running.first { $0.id == interrupted }
            guard (found == nil) == (interrupted == nil) else { throw lost(fresh.kind) }
            for var other in running where other.id != interrupted {
                other.state = .done
                other.plan = nil
                other.updatedAt = fresh.createdAt
                try transaction.update(other)
            }
            var row = found ?? fresh
            row.fence = fresh.fence
            row.updatedAt = fresh.createdAt
            try body(&transaction, &row)
            if found == nil { try transaction.insert(row) } else { try transaction.update(row) }
            return row
        }
        return (OwnedJob(row, store), row)
    }

    /// Runs one step and writes how far the job has come, in one transaction.
    ///
    /// - Parameter body: changes the vault and the job; where it answers nil, nothing is written.
    /// - Returns: what `body` answers.
    @discardableResult
    func step<R: Sendable>(
        _ body: @escaping @Sendable (inout VaultTransaction, inout JobRow) throws -> R?
    ) async throws -> R? {
        let (id, fence, kind) = (id, fence, kind)
        do {
            return try await store.change { transaction in
                guard var row = try transaction.rows.job(id), row.fence == fence, row.state == .running else {
                    throw Self.lost(kind)
                }
                guard let answer = try body(&transaction, &row) else { throw NothingToWrite() }
                row.total = max(row.total, row.done)
                row.updatedAt = microsecondsSince1970()
                try transaction.update(row)
                return answer
            }
        } catch is NothingToWrite { return nil }
    }

    private struct NothingToWrite: Error {}

    /// The last step: nothing is left to be done.
    func end() async throws {
        try await step { _, row in
            row.state = .done
            row.plan = nil
            row.checkpoint = nil
            // Records that were deleted meanwhile had not to be done.
            row.total = row.done
            return true
        }
    }

    private static func lost(_ kind: JobRow.Kind) -> VaultError {
        VaultError(
            VaultError.Code(rawValue: "busy"), operation: kind.rawValue,
            message: "another process has taken the job over", hint: "nodevault status shows how far it is")
    }
}

extension KeyStore {
    /// Runs one change of the vault; an error of `body` undoes it and comes out as it is.
    fileprivate func change<R: Sendable>(
        _ body: @escaping @Sendable (inout VaultTransaction) throws -> R
    ) async throws -> R {
        let authenticator = authenticator
        let thrown = Lock((any Error)?.none)
        do {
            return try await database.write { db in
                do {
                    var transaction = try VaultTransaction(db, authenticator: authenticator)
                    let answer = try body(&transaction)
                    try transaction.finish()
                    return answer
                } catch {
                    thrown.withLock { $0 = error }
                    throw error
                }
            }
        } catch { throw thrown.withLock(\.self) ?? error }
    }
}
