package import EnvelopeCrypto
import Foundation
package import GRDB
package import SecretMemory

/// A change of the vault: it checks what it replaces, and carries codes, counts, epoch and head along.
///
/// Make one at the start of a database transaction and call ``finish()`` at its end. The cost of a change does not depend
/// on the size of the vault.
package struct VaultTransaction: ~Copyable {
    private let reader: VaultReader
    /// The vault's own row; change it freely before ``finish()``.
    package var vault: VaultRow
    private var sum: RowMAC

    /// Begins a change: the vault's row and head are checked first.
    package init(_ db: Database, authenticator: RowAuthenticator?) throws(StorageError) {
        reader = VaultReader(db, authenticator: authenticator)
        let found = try reader.vaultWithHead()
        guard (found.row.encryption == nil) == (authenticator == nil) else {
            throw StorageError(.authenticationFailed, "an encrypted vault is changed only with its integrity key")
        }
        vault = found.row
        sum = found.head?.sum ?? .zero
        sum -= found.code
    }

    /// Begins the first change of a new vault, whose tables are empty.
    init(creating vault: VaultRow, _ db: Database, authenticator: RowAuthenticator?) {
        reader = VaultReader(db, authenticator: authenticator)
        self.vault = vault
        sum = .zero
    }

    /// Writes the vault's row anew when every other row was: `sum` is the sum of their codes.
    static func replace(
        _ vault: VaultRow, sum: RowMAC, _ db: Database, authenticator: RowAuthenticator?
    ) throws(StorageError) {
        var transaction = VaultTransaction(creating: vault, db, authenticator: authenticator)
        transaction.sum = sum
        try transaction.finish()
    }

    /// Checked rows as this transaction sees them.
    package var rows: VaultReader { reader }

    /// Adds a row.
    package mutating func insert(_ row: some StoredRow) throws(StorageError) {
        try insert(row, columns: row.columns)
    }

    /// Adds the row of a clear vault, with its PKCS#8.
    package mutating func insertClear(_ row: PrivateKeyRow, key: borrowing SecretBytes) throws(StorageError) {
        try key.withExposedBytes { span throws(StorageError) in
            try span.withUnsafeBytes { bytes throws(StorageError) in
                // Without a copy of ours; SQLite copies the bytes, as a clear vault's file holds them anyway.
                let pointer =
                    UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? UnsafeMutableRawPointer(bitPattern: 1)
                guard let pointer else { return }
                let data = Data(bytesNoCopy: pointer, count: bytes.count, deallocator: .none)
                let columns = row.columns.map { $0.name == "sealed" ? ($0.name, data.databaseValue) : $0 }
                try insert(row, columns: columns)
            }
        }
    }

    private mutating func insert<R: StoredRow>(
        _ row: R, columns: [(name: String, value: DatabaseValue)]
    ) throws(StorageError) {
        let code = try reader.authenticator?.code(of: R.table, columns)
        try execute(
            "INSERT INTO \(R.table.rawValue) (\(columns.map(\.name).joined(separator: ", ")), mac) "
                + "VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")), ?)",
            columns.map(\.value) + [code?.bytes.databaseBlob ?? .null])
        if let code { sum += code }
        count(R.table, by: 1)
    }

    /// Replaces a row by one with the same key.
    ///
    /// - Throws: ``StorageError`` `.conflict` when there is none, `.authenticationFailed` when it was forged.
    package mutating func update<R: StoredRow>(_ row: R) throws(StorageError) {
        try replace(codeOfExisting(R.self, key: row.key), by: row)
    }

    /// Changes a data key's row; false, and nothing is written, where there is none or `body` answers false.
    package mutating func changeDataKey(
        _ id: UUIDBytes, _ body: (inout DataKeyRow) -> Bool
    ) throws(StorageError) -> Bool {
        guard let found = try reader.dataKeyWithCode(id) else { return false }
        var row = found.row
        guard body(&row) else { return false }
        try replace(found.code, by: row)
        return true
    }

    private mutating func replace<R: StoredRow>(_ oldCode: RowCode, by row: R) throws(StorageError) {
        sum -= oldCode
        var columns = row.columns
        let code = try reader.authenticator?.code(of: R.table, columns)
        // Not the key itself: SQLite would look for rows that refer to it.
        columns.removeAll { $0.name == R.keyColumn }
        try execute(
            "UPDATE \(R.table.rawValue) SET \(columns.map { "\($0.name) = ?" }.joined(separator: ", ")), mac = ? "
                + "WHERE \(R.keyColumn) = ?",
            columns.map(\.value) + [code?.bytes.databaseBlob ?? .null, row.key])
        if let code { sum += code }
    }

    /// Renames a clear row, whose PKCS#8 stays where it is.
    package func renameClear(_ keyID: String, to name: String?) throws(StorageError) {
        try execute(
            "UPDATE private_keys SET name = ? WHERE key_id = ? AND data_key_id IS NULL",
            [name.databaseValue, keyID.databaseValue], otherwise: gone(.privateKeys))
    }

    /// Removes a private key.
    ///
    /// - Throws: as ``update(_:)``.
    package mutating func deletePrivateKey(_ keyID: String) throws(StorageError) {
        try delete(PrivateKeyRow.self, key: keyID.databaseValue)
    }

    /// Removes a data key; the schema refuses while a record lies under it, or new records go under it.
    ///
    /// - Throws: as ``update(_:)``.
    package mutating func deleteDataKey(_ id: UUIDBytes) throws(StorageError) {
        try delete(DataKeyRow.self, key: id.bytes.databaseBlob)
    }

    private mutating func delete<R: StoredRow>(_: R.Type, key: DatabaseValue) throws(StorageError) {
        sum -= try codeOfExisting(R.self, key: key)
        try execute("DELETE FROM \(R.table.rawValue) WHERE \(R.keyColumn) = ?", [key])
        count(R.table, by: -1)
    }

    /// Advances the epoch and writes the vault's row with its new head.
    package consuming func finish() throws(StorageError) {
        // Wrapping: in a clear vault, whose numbers nobody vouches for, the schema refuses what comes out.
        vault.epoch &+= 1
        var columns = vault.columns
        if let authenticator = reader.authenticator {
            let code = try authenticator.code(of: .vault, columns)
            sum += code
            let head = VaultHead(sum: sum, epoch: vault.epoch, counts: vault.counts)
            columns.append(("head", try authenticator.sealedHead(head).databaseBlob))
            columns.append(("mac", code.bytes.databaseBlob))
        }
        try execute(
            "INSERT OR REPLACE INTO vault (\(columns.map(\.name).joined(separator: ", "))) "
                + "VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))",
            columns.map(\.value))
    }

    private func codeOfExisting<R: StoredRow>(_ type: R.Type, key: DatabaseValue) throws(StorageError) -> RowCode {
        guard let code = try reader.code(of: type, key: key) else { throw gone(R.table) }
        return code
    }

    private func gone(_ table: VaultTable) -> StorageError {
        StorageError(.conflict, "a row of table \(table.rawValue) is gone: another caller removed it meanwhile")
    }

    private mutating func count(_ table: VaultTable, by difference: Int64) {
        guard let index = VaultTable.allCases.firstIndex(of: table), table != .vault else { return }
        vault.counts[index] &+= difference
    }

    /// Writes one row; `otherwise` is thrown when none was written.
    private func execute(
        _ sql: String, _ values: [DatabaseValue], otherwise: StorageError = .writeWasDropped
    ) throws(StorageError) {
        let statement = try BoundStatement(reader.db, sql, values)
        do { while try statement.next() != nil {} } catch { throw StorageError(error) }
        guard reader.db.changesCount == 1 else { throw otherwise }
    }
}

extension StorageError {
    /// A trigger planted while the vault is open could drop a write without an error.
    fileprivate static var writeWasDropped: StorageError {
        StorageError(
            .authenticationFailed, "a row was not written as it should be; run nodevault verify, and restore a backup")
    }
}
