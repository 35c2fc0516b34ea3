import Foundation
package import GRDB

/// A vault's file in other hands: a connection that shares nothing with the vault's own.
package struct IndependentDatabase: Sendable {
    private let queue: DatabaseQueue

    /// Opens the file. Unless it is to obey them, CHECKs and FOREIGN KEYs do not bind this connection.
    package init(_ path: String, obeysConstraints: Bool = false) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = obeysConstraints
        configuration.busyMode = .timeout(10)
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { db in
            if !obeysConstraints { try db.execute(sql: "PRAGMA ignore_check_constraints = ON") }
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    package func close() throws { try queue.close() }

    /// Runs statements in one transaction.
    package func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try queue.write { db in try db.execute(sql: sql, arguments: arguments) }
    }

    /// Runs statements without a transaction of their own.
    package func executeBare(_ sql: String, _ arguments: StatementArguments = []) throws {
        try queue.writeWithoutTransaction { db in try db.execute(sql: sql, arguments: arguments) }
    }

    /// Runs `body` in a write transaction.
    package func write(_ body: (Database) throws -> Void) throws { try queue.write(body) }

    /// The first column of the first row.
    package func value<T: DatabaseValueConvertible>(_ sql: String, _ arguments: StatementArguments = []) throws -> T? {
        try queue.read { db in try T.fetchOne(db, sql: sql, arguments: arguments) }
    }

    package func rows(_ sql: String) throws -> [Row] { try queue.read { db in try Row.fetchAll(db, sql: sql) } }

    /// All rows of all tables.
    package func dump() throws -> [String: [Row]] {
        try queue.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            return try Dictionary(
                uniqueKeysWithValues: tables.map { table in
                    (table, try Row.fetchAll(db, sql: "SELECT rowid AS row_number, * FROM \(table) ORDER BY rowid"))
                })
        }
    }

    /// Runs a statement while a table takes NULL and any type everywhere, then puts the table's definition back.
    package func executeWithoutTypes(of table: String, _ sql: String, _ arguments: StatementArguments = []) throws {
        try queue.writeWithoutTransaction { db in
            let definition = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?"
            guard let given = try String.fetchOne(db, sql: definition, arguments: [table]) else { return }
            let loose = given.replacing(/(INTEGER|TEXT|BLOB)(\s+)NOT NULL/) { match in "\(match.1)\(match.2)" }
                .replacing(") STRICT", with: ")")
            try Self.define(table, as: loose, db)
            defer { try? Self.define(table, as: given, db) }
            try db.execute(sql: sql, arguments: arguments)
        }
    }

    /// Changes a definition in the schema's own table.
    package func redefine(_ table: String, replacing text: String, with other: String) throws {
        try queue.writeWithoutTransaction { db in
            let found = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: [table])
            guard let found, found.contains(text) else { throw CocoaError(.formatting) }
            try Self.define(table, as: found.replacing(text, with: other), db)
        }
    }

    private static func define(_ table: String, as sql: String, _ db: Database) throws {
        try db.execute(sql: "PRAGMA writable_schema = ON")
        try db.execute(sql: "UPDATE sqlite_schema SET sql = ? WHERE name = ?", arguments: [sql, table])
        try db.execute(sql: "PRAGMA writable_schema = RESET")
    }
}
