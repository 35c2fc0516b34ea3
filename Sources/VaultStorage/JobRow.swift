package import EnvelopeCrypto
package import GRDB

/// A row of table `jobs`: work on the whole vault.
package struct JobRow: StoredRow, Equatable {
    package static let table = VaultTable.jobs
    package static let keyColumn = "id"

    package enum Kind: String, Sendable {
        case rewrap, rotate
        case migrateEncrypt = "migrate-encrypt"
        case migrateDecrypt = "migrate-decrypt"
    }

    package enum State: String, Sendable { case running, done }

    package var id: UUIDBytes
    package var kind: Kind
    package var state: State
    /// The wrapper key that the job leaves, where it leaves one.
    package var source: String?
    /// The wrapper key that it goes to.
    package var target: String?
    package var done: Int64
    package var total: Int64
    /// Microseconds since 1970 UTC.
    package var createdAt: Int64
    package var updatedAt: Int64

    package init(
        id: UUIDBytes, kind: Kind, state: State, source: String?, target: String?, done: Int64, total: Int64,
        createdAt: Int64, updatedAt: Int64
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.source = source
        self.target = target
        self.done = done
        self.total = total
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package init(row: CursorRow) throws(StorageError) {
        let read = ColumnReader(row: row, table: Self.table)
        id = try read.id("id")
        guard let kind = Kind(rawValue: try read.text("kind")) else { throw read.damaged("kind") }
        guard let state = State(rawValue: try read.text("state")) else { throw read.damaged("state") }
        self.kind = kind
        self.state = state
        source = try read.optional("source", read.text)
        target = try read.optional("target", read.text)
        done = try read.integer("done")
        total = try read.integer("total")
        createdAt = try read.integer("created_at")
        updatedAt = try read.integer("updated_at")
    }

    package var columns: [(name: String, value: DatabaseValue)] {
        [
            ("id", id.bytes.databaseBlob), ("kind", kind.rawValue.databaseValue),
            ("state", state.rawValue.databaseValue), ("source", source.databaseValue),
            ("target", target.databaseValue), ("done", done.databaseValue), ("total", total.databaseValue),
            ("created_at", createdAt.databaseValue), ("updated_at", updatedAt.databaseValue),
        ]
    }
}
