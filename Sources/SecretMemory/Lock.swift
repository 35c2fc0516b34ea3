import Glibc

/// A value behind a `pthread_mutex_t`.
///
/// Not `Synchronization.Mutex`, on which ThreadSanitizer reports races that are none.
package final class Lock<Value: ~Copyable>: @unchecked Sendable {
    // Unchecked: `value` is reached only while the mutex is held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // Unchecked: the mutex excludes overlapping accesses, and checking again costs as much as locking.
    @exclusivity(unchecked) private var value: Value

    package init(_ value: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        self.value = value
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value. Never suspend inside: `body` is synchronous for that reason.
    package func withLock<R: ~Copyable, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
