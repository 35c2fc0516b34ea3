import EnvelopeCrypto
import NodeKeys
import SecretMemory
import VaultStorage

/// What verifying a vault found.
public struct Verification: Sendable, Equatable {
    /// A record, data key or other row that failed.
    public struct Failure: Sendable, Equatable {
        /// What failed: a key id, a data key's id, or a table's row.
        public let subject: String
        /// One sentence.
        public let error: String
    }

    /// Private keys that were looked at.
    public var records = 0
    /// Private keys that do not open, or whose public key differs.
    public var failedRecords: [Failure] = []
    /// Data keys that do not unwrap, or are not the vault's own.
    public var failedDataKeys: [Failure] = []
    /// Rows whose code is wrong, of any table.
    public var forgedRows: [Failure] = []
    /// Whether all rows together are what the head says.
    public var matchesHead = true

    /// Whether the database's tables, indexes and constraints fit each other.
    public var isStructureSound = true

    /// Whether nothing failed.
    public var isPassed: Bool {
        failedRecords.isEmpty && failedDataKeys.isEmpty && forgedRows.isEmpty && matchesHead && isStructureSound
    }
}

extension KeyStore {
    /// Checks every row's code and the head, every data key's binding, and opens every record.
    ///
    /// - Parameters:
    ///   - deep: derives every public key anew from its private key, too.
    ///   - progress: called with the number of records done and of all.
    /// - Throws: ``VaultError`` when the vault could not be read; what does not verify is in the answer.
    public func verify(
        deep: Bool = false, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(VaultError) -> Verification {
        try checkOpen("verify")
        return try await mapped("verify") {
            var found = Verification()
            if let authenticator {
                let check = try await database.read { db in try IntegrityCheck(db, authenticator: authenticator) }
                found.matchesHead = check.matchesHead
                found.isStructureSound = check.isStructureSound
                found.forgedRows = check.forgedRows.map {
                    .init(subject: "\($0.table.rawValue) \($0.key)", error: "the row was changed by somebody else")
                }
            }
            let keyIDs = try await database.read { db in try VaultReader(db, authenticator: nil).keyIDs() }
            try await verifyDataKeys(&found)
            for (index, keyID) in keyIDs.enumerated() {
                try Task.checkCancellation()
                found.records += 1
                do { try await verifyRecord(keyID, deep: deep) } catch {
                    let failure = VaultError(error, operation: "verify")
                    guard failure.kmsError == nil || !failure.isRetryable else { throw failure }
                    found.failedRecords.append(.init(subject: keyID, error: failure.message))
                }
                progress(index + 1, keyIDs.count)
            }
            return found
        }
    }

    private func verifyDataKeys(_ found: inout Verification) async throws {
        guard kms != nil, authenticator != nil else { return }
        let ids = try await database.read { db in try VaultReader(db, authenticator: nil).dataKeyIDs() }
        for id in ids {
            dataKeys.remove(id)
            do { _ = try await dataKey(holding: id) } catch {
                let failure = VaultError(error, operation: "verify")
                guard !failure.isRetryable else { throw failure }
                // A rotation may have deleted it meanwhile; the head shows a deletion by anybody else.
                guard try await database.read({ try VaultReader($0, authenticator: nil).dataKey(id) }) != nil else {
                    continue
                }
                found.failedDataKeys.append(.init(subject: id.description, error: failure.message))
            }
        }
    }

    private func verifyRecord(_ keyID: String, deep: Bool) async throws {
        guard let row = try await row(keyID) else { return }
        let stored = try StoredKey(row)
        let opened: SecretBox
        do { opened = try await openedRow(stored.keyID, "verify").1 } catch let error as VaultError {
            guard error.code == .keyNotFound else { throw error }
            return
        }
        if deep || row.dataKeyID == nil { try Self.check(opened, belongsTo: row) }
    }
}
