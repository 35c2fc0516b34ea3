import Dispatch
import GRDB
import SecretMemory

/// Notices within 100 ms that another connection, of this process or another, has changed the vault.
///
/// Asks SQLite's `data_version` on a connection of its own: it costs about a microsecond and reads no page.
package final class ChangeMonitor: Sendable {
    private let connection: DatabaseQueue
    private let queue = DispatchQueue(label: "nodevault.changes")
    // Unsafe: set once; Dispatch sources may be used from any thread.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    private static let interval = DispatchTimeInterval.milliseconds(50)

    /// Begins to watch. `onChange` runs on a queue of the monitor's.
    init(_ connection: DatabaseQueue, onChange: @escaping @Sendable () -> Void) throws(StorageError) {
        self.connection = connection
        let seen = Lock(try Self.version(connection))
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .milliseconds(10))
        timer.setEventHandler {
            // A failure is no change: the next use of the vault reports it.
            guard let version = try? Self.version(connection) else { return }
            let isNew = seen.withLock { last in
                defer { last = version }
                return last != version
            }
            if isNew { onChange() }
        }
        timer.resume()
    }

    /// Ends watching, and the connection: the last one to close clears the WAL away. Not from `onChange`.
    package func stop() {
        timer.cancel()
        // After a look that is under way: GRDB does not survive the use of a closed connection. One that cannot be closed
        // closes with the process.
        queue.sync { try? connection.close() }
    }

    deinit { timer.cancel() }

    private static func version(_ connection: DatabaseQueue) throws(StorageError) -> Int64 {
        do {
            return try connection.unsafeRead { db in try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0 }
        } catch { throw StorageError(error) }
    }
}
