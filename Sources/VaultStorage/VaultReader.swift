package import EnvelopeCrypto
import Foundation
package import GRDB
package import SecretMemory

/// Reads rows inside one transaction. With an authenticator each row is checked before it is handed out.
package struct VaultReader {
    let db: Database
    /// Nil for a clear vault, and for commands that never call the KMS and so have no integrity key.
    package let authenticator: RowAuthenticator?

    package init(_ db: Database, authenticator: RowAuthenticator?) {
        self.db = db
        self.authenticator = authenticator
    }

    /// The vault's own row; with an authenticator its head is opened too.
    package func vault() throws(StorageError) -> VaultRow { try vaultWithHead().row }

    func vaultWithHead() throws(StorageError) -> (row: VaultRow, head: VaultHead?, code: RowCode) {
        let found = try first("SELECT * FROM vault", []) { row in
            let vault = try VaultRow(row: row)
            guard let authenticator else { return (row: vault, head: nil as VaultHead?, code: RowCode.zero) }
            guard vault.encryption != nil else {
                throw StorageError(
                    .authenticationFailed, "the vault says that it is clear, and it was encrypted; restore a backup")
            }
            let code = try authenticator.check(row, in: .vault)
            return (vault, try authenticator.head(of: row, vault), code)
        }
        guard let found else {
            throw StorageError(.notAVault, "the vault's own row is missing; restore a backup")
        }
        return found
    }

    /// The row of a private key, nil where there is none.
    package func privateKey(_ keyID: String) throws(StorageError) -> PrivateKeyRow? { try one(keyID.databaseValue) }

    /// The row of a data key, nil where there is none.
    package func dataKey(_ id: UUIDBytes) throws(StorageError) -> DataKeyRow? { try one(id.bytes.databaseBlob) }

    /// The row of a job, nil where there is none.
    package func job(_ id: UUIDBytes) throws(StorageError) -> JobRow? { try one(id.bytes.databaseBlob) }

    /// Copies the PKCS#8 of a clear row into secret memory, nil where there is no clear row.
    package func clearPrivateKey(_ keyID: String) throws(StorageError) -> SecretBox? {
        try first("SELECT sealed FROM private_keys WHERE key_id = ? AND data_key_id IS NULL", [keyID.databaseValue]) {
            row in
            try row.withBytes(at: 0) { bytes in SecretBox(try SecretBytes(copying: RawSpan(_unsafeBytes: bytes))) }
        }
    }

    /// Runs `body` on each row of a table, in the order of its key, without holding more than one.
    ///
    /// - Throws: ``StorageError`` `.authenticationFailed` also when there are fewer or more rows than the head says.
    package func forEach<R: StoredRow>(
        _: R.Type, _ body: (R) throws -> Void
    ) throws(StorageError) {
        do {
            let rows = try BoundStatement(db, "SELECT * FROM \(R.table.rawValue) ORDER BY \(R.keyColumn)")
            var count: Int64 = 0
            var last: DatabaseValue?
            while let row = try rows.next() {
                count += 1
                let key = row.index(of: R.keyColumn).map(row.value) ?? .null
                // A forged index could give one row twice in the place of another.
                guard authenticator == nil || last.map({ Self.isAscending($0, key) }) ?? true else {
                    throw Self.forgedIndex(R.table)
                }
                last = key
                try authenticator?.check(row, in: R.table)
                try body(R(row: row))
            }
            guard let index = VaultTable.allCases.firstIndex(of: R.table), authenticator != nil else { return }
            guard try vault().counts[index] == count else {
                throw StorageError(
                    .authenticationFailed,
                    "table \(R.table.rawValue) has more or fewer rows than its head says; run nodevault verify")
            }
        } catch { throw StorageError(error) }
    }

    /// All rows of a table that is small.
    package func all<R: StoredRow>(_ type: R.Type) throws(StorageError) -> [R] {
        var rows = [R]()
        try forEach(type) { rows.append($0) }
        return rows
    }

    /// The ids of all private keys, ascending; only the ids, unchecked.
    package func keyIDs() throws(StorageError) -> [String] {
        do { return try String.fetchAll(db, sql: "SELECT key_id FROM private_keys ORDER BY key_id") } catch {
            throw StorageError(error)
        }
    }

    /// The ids of all data keys, in the order of their making; only the ids, unchecked.
    package func dataKeyIDs() throws(StorageError) -> [UUIDBytes] {
        do {
            return try Data.fetchAll(db, sql: "SELECT id FROM data_keys ORDER BY created_at, id")
                .compactMap { UUIDBytes(bytes: [UInt8]($0)) }
        } catch { throw StorageError(error) }
    }

    /// At most `count` of the rows that lie under a data key.
    package func privateKeys(under dataKey: UUIDBytes, count: Int) throws(StorageError) -> [PrivateKeyRow] {
        do {
            let found = try BoundStatement(
                db, "SELECT * FROM private_keys WHERE data_key_id = ? LIMIT ?",
                [dataKey.bytes.databaseBlob, count.databaseValue])
            var rows: [PrivateKeyRow] = []
            while let row = try found.next() {
                try authenticator?.check(row, in: .privateKeys)
                rows.append(try PrivateKeyRow(row: row))
            }
            return rows
        } catch { throw StorageError(error) }
    }

    /// How many records lie under each data key; the key of clear rows is nil.
    package func recordCounts() throws(StorageError) -> [UUIDBytes?: Int64] {
        do {
            let rows = try BoundStatement(
                db, "SELECT data_key_id, count(*) AS records FROM private_keys GROUP BY data_key_id")
            var counts: [UUIDBytes?: Int64] = [:]
            while let row = try rows.next() {
                let read = ColumnReader(row: row, table: .privateKeys)
                let key = try read.optional("data_key_id", read.id)
                counts[key, default: 0] += try read.integer("records")
            }
            return counts
        } catch { throw StorageError(error) }
    }

    /// The row of a data key with its code, which is zero without an authenticator; nil where there is none.
    func dataKeyWithCode(_ id: UUIDBytes) throws(StorageError) -> (row: DataKeyRow, code: RowCode)? {
        try first(Self.byKey(DataKeyRow.self), [id.bytes.databaseBlob]) { row in
            try check(row, has: id.bytes.databaseBlob, DataKeyRow.self)
            return (try DataKeyRow(row: row), try authenticator?.check(row, in: .dataKeys) ?? .zero)
        }
    }

    /// The code of a row, checked; zero without an authenticator, nil where there is no row.
    func code<R: StoredRow>(of _: R.Type, key: DatabaseValue) throws(StorageError) -> RowCode? {
        try first(Self.byKey(R.self), [key]) { row in
            try check(row, has: key, R.self)
            return try authenticator?.check(row, in: R.table) ?? .zero
        }
    }

    private func one<R: StoredRow>(_ key: DatabaseValue) throws(StorageError) -> R? {
        try first(Self.byKey(R.self), [key]) { row in
            try check(row, has: key, R.self)
            try authenticator?.check(row, in: R.table)
            return try R(row: row)
        }
    }

    private static func forgedIndex(_ table: VaultTable) -> StorageError {
        StorageError(.authenticationFailed, "an index of table \(table.rawValue) was changed; run nodevault verify")
    }

    private static func isAscending(_ left: DatabaseValue, _ right: DatabaseValue) -> Bool {
        switch (left.storage, right.storage) {
        case (.int64(let left), .int64(let right)): left < right
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.blob(let left), .blob(let right)): left.lexicographicallyPrecedes(right)
        default: false
        }
    }

    /// A forged index leads to another row than the one asked for.
    private func check<R: StoredRow>(_ row: CursorRow, has key: DatabaseValue, _: R.Type) throws(StorageError) {
        guard row.index(of: R.keyColumn).map(row.value) == key else {
            throw Self.forgedIndex(R.table)
        }
    }

    private static func byKey<R: StoredRow>(_: R.Type) -> String {
        "SELECT * FROM \(R.table.rawValue) WHERE \(R.keyColumn) = ?"
    }

    /// Runs `body` on the first row while it lies under the cursor.
    private func first<T>(
        _ sql: String, _ values: [DatabaseValue], _ body: (CursorRow) throws -> T
    ) throws(StorageError) -> T? {
        do { return try BoundStatement(db, sql, values).withFirst(body) } catch { throw StorageError(error) }
    }
}
