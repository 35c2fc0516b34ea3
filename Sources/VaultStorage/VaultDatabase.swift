import Dispatch
import EnvelopeCrypto
import Foundation
package import GRDB
import Migrations
import SecretMemory

/// An open vault file: one connection that writes, one that reads beside it.
package final class VaultDatabase: Sendable {
    package let file: VaultFile
    /// Whom the vault's file belongs to; files beside it take the same.
    package let owner: VaultFile.Owner
    private let presence: PresenceLock
    private let writer: DatabaseQueue
    private let reader: DatabaseQueue
    private let gate = UsageGate()

    /// Opens a vault's file of this program's schema.
    ///
    /// - Throws: ``StorageError`` for whatever ``VaultFile`` or ``Schema`` refuses; the file stays untouched then.
    package convenience init(opening file: VaultFile, schema: Schema = Schema()) throws(StorageError) {
        try self.init(file, lock: .shared)
        try read { db in try schema.check(db) }
    }

    init(_ file: VaultFile, lock: PresenceLock.Mode) throws(StorageError) {
        owner = try file.check()
        self.file = file
        presence = try PresenceLock(file, lock, owner: owner)
        do {
            writer = try DatabaseQueue(path: file.path, configuration: Self.configuration("nodevault.writer"))
            reader = try DatabaseQueue(path: file.path, configuration: Self.configuration("nodevault.reader"))
            // Through SQLite: closing a descriptor of our own would drop the locks that SQLite holds on the file in this
            // process (SQLite, "How To Corrupt An SQLite Database File", section 2.2).
            guard try reader.read({ try Int32.fetchOne($0, sql: "PRAGMA application_id") }) == Schema.applicationID
            else {
                throw StorageError(
                    .notAVault, "\(file.path) is not a vault; name the file that nodevault init made")
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw StorageError(
                .notAVault, "\(file.path) is not a vault; name the file that nodevault init made",
                sqliteCode: error.extendedResultCode.rawValue)
        } catch { throw StorageError(error) }
    }

    /// Runs `body` in a read transaction, beside any writer.
    package func read<T>(_ body: (Database) throws -> T) throws(StorageError) -> T {
        try gate.enter()
        defer { gate.leave() }
        do { return try reader.read(body) } catch { throw StorageError(error) }
    }

    /// Runs `body` in a write transaction that is durable when this returns.
    package func write<T>(_ body: (Database) throws -> T) throws(StorageError) -> T {
        try gate.enter()
        defer { gate.leave() }
        do { return try writer.write(body) } catch { throw StorageError(error) }
    }

    /// As `read`, without blocking the calling task's thread.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(StorageError) -> T {
        try gate.enter()
        defer { gate.leave() }
        do { return try await reader.read(body) } catch { throw StorageError(error) }
    }

    /// As `write`, without blocking the calling task's thread.
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(StorageError) -> T {
        try gate.enter()
        defer { gate.leave() }
        let isCancelled = Lock(false)
        // Straight to the writer's queue and back: GRDB's own asynchronous write goes by two more executors.
        let result: Result<T, StorageError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                writer.asyncWriteWithoutTransaction { db in
                    continuation.resume(
                        returning: Result { () throws(StorageError) in
                            guard !isCancelled.withLock({ $0 }) else { throw StorageError(CancellationError()) }
                            return try Self.inTransaction(db, body)
                        })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
        return try result.get()
    }

    private static func inTransaction<T>(
        _ db: Database, _ body: (Database) throws -> T
    ) throws(StorageError) -> T {
        var result: Result<T, any Error> = .failure(CancellationError())
        do {
            try db.inTransaction {
                result = .success(try body(db))
                return .commit
            }
            return try result.get()
        } catch { throw StorageError(error) }
    }

    /// Watches for changes by other connections.
    package func monitorChanges(_ onChange: @escaping @Sendable () -> Void) throws(StorageError) -> ChangeMonitor {
        do {
            let connection = try DatabaseQueue(path: file.path, configuration: Self.configuration("nodevault.monitor"))
            return try ChangeMonitor(connection, onChange: onChange)
        } catch { throw StorageError(error) }
    }

    /// Copies the whole vault, page by page, into another database.
    func backup(to copy: DatabaseQueue) throws(StorageError) {
        try gate.enter()
        defer { gate.leave() }
        do { try reader.backup(to: copy) } catch { throw StorageError(error) }
    }

    /// Waits for calls under way, ends both connections and lets others change the schema; later calls fail.
    package func close() throws(StorageError) {
        guard gate.close() else { return }
        defer { presence.release() }
        do {
            defer { try? writer.close() }
            try reader.close()
            try writer.close()
        } catch { throw StorageError(error) }
    }

    static func configuration(_ label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        configuration.busyMode = .callback(waitWhileBusy)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA secure_delete = ON;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    """)
        }
        return configuration
    }

    /// Sleeps 2 ms at most a try, so that a waiting writer meets the gap between two batches of another; gives up after
    /// about 30 s. SQLite's own handler sleeps up to 100 ms and can starve.
    private static let waitWhileBusy: @Sendable (Int) -> Bool = { attempts in
        guard attempts < 15_000 else { return false }
        usleep(attempts < 10 ? 200 : 2_000)
        return true
    }
}

// MARK: - Making and upgrading

extension VaultDatabase {
    /// Makes a vault's file: whole under a temporary name, then renamed, so that there is never half a vault.
    ///
    /// - Parameter vault: the new vault's own row.
    /// - Throws: ``StorageError`` `.fileExists` when the file is there.
    package static func create(
        _ file: VaultFile, vault: VaultRow, authenticator: RowAuthenticator?, schema: Schema = Schema(), now: Int64
    ) throws(StorageError) {
        try VaultFile.refuseNetworkFileSystem(at: VaultFile.folder(of: file.path))
        try file.checkAbsent()
        let temporary = VaultFile(
            path: file.path + ".creating-" + String(vault.id.description.prefix(8)), permissions: file.permissions)
        try temporary.createEmpty()
        do {
            let queue = try DatabaseQueue(path: temporary.path, configuration: configuration("nodevault.create"))
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            }
            try queue.write { db in
                let applied = try schema.apply(db, after: 0)
                var transaction = VaultTransaction(creating: vault, db, authenticator: authenticator)
                for migration in applied { try transaction.insert(MigrationRow(migration, appliedAt: now)) }
                try transaction.finish()
            }
            // At the end, so that no row lies in a WAL beside the file that is renamed.
            try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = WAL") }
            try queue.close()
            try temporary.rename(to: file.path)
        } catch {
            temporary.remove()
            throw StorageError(error)
        }
    }
}
