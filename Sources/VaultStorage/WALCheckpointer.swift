import GRDB

/// Moves what was committed from the WAL into the vault's file, on a connection of its own.
///
/// SQLite makes who commits page 1,000 of the WAL do that: beside a job which writes much, that would be a node's next writer
/// as often as the job.
package final class WALCheckpointer: Sendable {
    private let connection: DatabaseQueue

    /// Opens the connection.
    package init(_ database: VaultDatabase) throws(StorageError) {
        do {
            connection = try DatabaseQueue(
                path: database.file.path, configuration: VaultDatabase.configuration("nodevault.checkpoint"))
        } catch { throw StorageError(error) }
    }

    /// Moves what no reader needs any more; neither waits for anybody nor keeps anybody waiting.
    package func run() async throws(StorageError) {
        do {
            try await connection.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
        } catch { throw StorageError(error) }
    }

    /// Closes the connection.
    package func close() throws(StorageError) {
        do { try connection.close() } catch { throw StorageError(error) }
    }
}
