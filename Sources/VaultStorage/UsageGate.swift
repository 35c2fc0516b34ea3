import Dispatch
import SecretMemory

/// Counts who is using something that will be closed: it is closed when nobody is, and nobody comes in afterwards.
///
/// GRDB does not check for itself: a call on a connection that was closed ends the process.
final class UsageGate: Sendable {
    private let isClosed = Lock(false)
    private let users = DispatchGroup()

    /// Comes in. Who does leaves again.
    ///
    /// - Throws: ``StorageError`` `.closed`.
    func enter() throws(StorageError) {
        try isClosed.withLock { isClosed throws(StorageError) in
            guard !isClosed else { throw StorageError(.closed, "the vault was closed; open it again") }
            users.enter()
        }
    }

    func leave() { users.leave() }

    /// Lets nobody in from now on, and waits until everybody has left. False when that was done before.
    func close() -> Bool {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        users.wait()
        return isFirst
    }
}
