package import GRDB
package import Migrations

/// A row of table `schema_migrations`.
package struct MigrationRow: StoredRow, Equatable {
    package static let table = VaultTable.migrations
    package static let keyColumn = "version"

    package var version: Int64
    package var name: String
    /// Microseconds since 1970 UTC.
    package var appliedAt: Int64

    package init(_ migration: Migration, appliedAt: Int64) {
        version = migration.version
        name = migration.name
        self.appliedAt = appliedAt
    }

    package init(row: CursorRow) throws(StorageError) {
        let read = ColumnReader(row: row, table: Self.table)
        version = try read.integer("version")
        name = try read.text("name")
        appliedAt = try read.integer("applied_at")
    }

    package var columns: [(name: String, value: DatabaseValue)] {
        [
            ("version", version.databaseValue), ("name", name.databaseValue),
            ("applied_at", appliedAt.databaseValue),
        ]
    }
}
