import EnvelopeCrypto
import Foundation
package import GRDB

/// Compares the whole vault with its head: every row's code, their sum, the counts, and the schema.
package struct IntegrityCheck: Sendable {
    /// A row that does not authenticate.
    package struct ForgedRow: Sendable, Equatable {
        package let table: VaultTable
        /// The primary key in text: a key id, a UUID, a version.
        package let key: String
    }

    /// Rows whose code is wrong.
    package private(set) var forgedRows: [ForgedRow] = []
    /// Whether the sum of all codes and the counts are what the head says: false when a row was removed, added again or
    /// replaced by an older version.
    package private(set) var matchesHead = true
    /// Whether tables, indexes and constraints fit each other: a row that an index hides would be used by nobody.
    package private(set) var isStructureSound = true
    /// Rows checked.
    package private(set) var rowCount: Int64 = 0

    package var isPassed: Bool { forgedRows.isEmpty && matchesHead && isStructureSound }

    /// Reads every row once, in one transaction.
    package init(_ db: Database, authenticator: RowAuthenticator) throws(StorageError) {
        let reader = VaultReader(db, authenticator: authenticator)
        let head = try reader.vaultWithHead().head
        var sum = RowMAC.zero
        var counts: [Int64] = []
        for table in VaultTable.allCases {
            let before = rowCount
            do {
                let rows = try BoundStatement(db, "SELECT * FROM \(table.rawValue) NOT INDEXED")
                while let row = try rows.next() {
                    rowCount += 1
                    do { sum += try authenticator.check(row, in: table) } catch {
                        forgedRows.append(ForgedRow(table: table, key: Self.name(of: row, in: table)))
                    }
                }
            } catch { throw StorageError(error) }
            if table != .vault { counts.append(rowCount - before) }
        }
        do {
            isStructureSound =
                try String.fetchAll(db, sql: "PRAGMA integrity_check(1)") == ["ok"]
                && Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil
        } catch { throw StorageError(error) }
        matchesHead = head.map { $0.sum == sum && $0.counts == counts } ?? false
    }

    private static func name(of row: CursorRow, in table: VaultTable) -> String {
        switch row.value(at: 0).storage {
        case .int64(let number): String(number)
        case .string(let text): text
        case .blob(let data): UUIDBytes(bytes: [UInt8](data))?.description ?? [UInt8](data).hex
        default: "?"
        }
    }
}
