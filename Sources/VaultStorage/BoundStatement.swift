import Foundation
import GRDB
import GRDBSQLite

/// A statement with its values, stepped through GRDB; its rows are read where SQLite holds them.
///
/// GRDB's own arguments and rows copy every value several times, and a short transaction spends more on that than on SQLite.
final class BoundStatement: DatabaseCursor {
    typealias Element = CursorRow

    // GRDB's names.
    // swift-format-ignore: NoLeadingUnderscores
    let _statement: Statement
    // swift-format-ignore: NoLeadingUnderscores
    var _isDone = false

    /// Takes the statement from the connection's cache: one at a time of the same text.
    init(_ db: Database, _ sql: String, _ values: [DatabaseValue] = []) throws(StorageError) {
        do { _statement = try db.cachedStatement(sql: sql) } catch { throw StorageError(error) }
        sqlite3_reset(_statement.sqliteStatement)
        for (index, value) in values.enumerated() {
            guard bind(value, at: Int32(index + 1)) == SQLITE_OK else {
                throw StorageError(
                    .inputOutput, "SQLite refused a value: \(db.lastErrorMessage ?? "no message")",
                    sqliteCode: db.lastErrorCode.rawValue)
            }
        }
    }

    deinit {
        sqlite3_reset(_statement.sqliteStatement)
        sqlite3_clear_bindings(_statement.sqliteStatement)
    }

    // swift-format-ignore: NoLeadingUnderscores
    func _element(sqliteStatement: SQLiteStatement) -> CursorRow { CursorRow(_statement) }

    /// Runs `body` on the first row, nil where there is none. A row lives no longer than its statement.
    func withFirst<T>(_ body: (CursorRow) throws -> T) throws -> T? {
        try withExtendedLifetime(self) { try next().map(body) }
    }

    /// SQLite copies texts and blobs.
    private func bind(_ value: DatabaseValue, at index: Int32) -> Int32 {
        let statement = _statement.sqliteStatement
        // SQLITE_TRANSIENT, a macro that is not imported.
        let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value.storage {
        case .null: return sqlite3_bind_null(statement, index)
        case .int64(let integer): return sqlite3_bind_int64(statement, index, integer)
        case .double(let number): return sqlite3_bind_double(statement, index, number)
        case .string(let text): return sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), copying)
        case .blob(let data):
            return data.withUnsafeBytes { bytes in
                // Without an address the value would be null.
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes.baseAddress, Int32(bytes.count), copying)
            }
        }
    }
}

/// A row that lies under a statement's cursor, until the next step.
package struct CursorRow {
    private let statement: SQLiteStatement
    /// The columns' names, in the order of the statement.
    let names: [String]

    fileprivate init(_ statement: Statement) {
        self.statement = statement.sqliteStatement
        names = statement.columnNames
    }

    func index(of name: String) -> Int? { names.firstIndex(of: name) }

    /// A copy of the value.
    func value(at index: Int) -> DatabaseValue {
        switch sqlite3_column_type(statement, Int32(index)) {
        case SQLITE_INTEGER: integer(at: index).databaseValue
        case SQLITE_FLOAT: sqlite3_column_double(statement, Int32(index)).databaseValue
        case SQLITE_TEXT: text(at: index).databaseValue
        case SQLITE_BLOB: withBytes(at: index) { Data($0) }.databaseValue
        default: .null
        }
    }

    /// SQLite's storage class: `SQLITE_INTEGER`, `SQLITE_TEXT` …
    func storageClass(at index: Int) -> Int32 { sqlite3_column_type(statement, Int32(index)) }

    /// The integer of a column that holds one.
    func integer(at index: Int) -> Int64 { sqlite3_column_int64(statement, Int32(index)) }

    /// The text of a column that holds one, its UTF-8 repaired.
    func text(at index: Int) -> String { withBytes(at: index) { String(decoding: $0, as: UTF8.self) } }

    /// Runs `body` on the bytes of a text or a blob as they are stored.
    func withBytes<R>(at index: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let start = sqlite3_column_blob(statement, Int32(index))
        return try body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(index)))))
    }
}
