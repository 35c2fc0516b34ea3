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
    /// The wrapper key that it goes to; nil while one is to be created.
    package var target: String?
    /// Which wrapped keys or records are meant, in the job's own words.
    package var scope: String
    /// Data keys that are still to be emptied, for a job that has such a list.
    package var plan: [UUIDBytes]?
    /// The last data key done, for a job that takes them in the order of their ids.
    package var checkpoint: UUIDBytes?
    /// Drawn anew whenever somebody starts or takes over the job.
    package var fence: UUIDBytes
    package var done: Int64
    package var total: Int64
    /// Microseconds since 1970 UTC.
    package var createdAt: Int64
    package var updatedAt: Int64

    /// A job that begins.
    package init(
        id: UUIDBytes, kind: Kind, source: String?, target: String?, scope: String, plan: [UUIDBytes]? = nil,
        fence: UUIDBytes, total: Int64, createdAt: Int64
    ) {
        self.id = id
        self.kind = kind
        state = .running
        self.source = source
        self.target = target
        self.scope = scope
        self.plan = plan
        self.fence = fence
        done = 0
        self.total = total
        self.createdAt = createdAt
        updatedAt = createdAt
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
        scope = try read.text("scope")
        plan = try read.optional("plan", read.ids)
        checkpoint = try read.optional("checkpoint", read.id)
        fence = try read.id("fence")
        done = try read.integer("done")
        total = try read.integer("total")
        createdAt = try read.integer("created_at")
        updatedAt = try read.integer("updated_at")
    }

    package var columns: [(name: String, value: DatabaseValue)] {
        [
            ("id", id.bytes.databaseBlob), ("kind", kind.rawValue.databaseValue),
            ("state", state.rawValue.databaseValue), ("source", source.databaseValue),
            ("target", target.databaseValue), ("scope", scope.databaseValue),
            ("plan", plan?.flatMap(\.bytes).databaseBlob ?? .null),
            ("checkpoint", checkpoint?.bytes.databaseBlob ?? .null), ("fence", fence.bytes.databaseBlob),
            ("done", done.databaseValue), ("total", total.databaseValue),
            ("created_at", createdAt.databaseValue), ("updated_at", updatedAt.databaseValue),
        ]
    }
}
