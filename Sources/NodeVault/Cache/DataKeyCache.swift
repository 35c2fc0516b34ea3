import EnvelopeCrypto
import SecretMemory

/// A data key in use. Who looks it up holds it; it is wiped when the cache has dropped it and the last holder lets go.
final class LeasedDataKey: Sendable {
    let dataKey: DataKey
    /// When it leaves the cache.
    let expiry: ContinuousClock.Instant

    init(_ dataKey: consuming DataKey, expiry: ContinuousClock.Instant) {
        self.dataKey = dataKey
        self.expiry = expiry
    }
}

/// Unwrapped data keys in secret memory, bounded in number and age.
///
/// Any number of concurrent misses on one data key make one call. Failures are not kept.
final class DataKeyCache: Sendable {
    private struct State {
        var entries: LeastRecentlyUsed<UUIDBytes, LeasedDataKey>
        var flights: [UUIDBytes: Task<LeasedDataKey, any Error>] = [:]
        /// Grows with every purge, so that an unwrap that was under way then is not put in.
        var generation = 0
        var maxAge: Duration
    }

    private let state: Lock<State>

    init(capacity: Int, maxAge: Duration) {
        state = Lock(State(entries: LeastRecentlyUsed(capacity: capacity), maxAge: maxAge))
    }

    /// Changes the bounds. Entries keep their age: before a shorter one, purge.
    func setBounds(capacity: Int, maxAge: Duration) {
        state.withLock { state in
            state.entries.resize(to: capacity)
            state.maxAge = maxAge
        }
    }

    /// The data key, from the cache or by `unwrap`.
    func dataKey(
        _ id: UUIDBytes, unwrap: @escaping @Sendable () async throws -> LeasedDataKey
    ) async throws -> LeasedDataKey {
        if let cached = cached(id) { return cached }
        let flight = state.withLock { state in
            if let flight = state.flights[id] { return flight }
            let generation = state.generation
            let flight = Task {
                defer { self.state.withLock { $0.flights[id] = nil } }
                let leased = try await unwrap()
                self.insert(leased, since: generation)
                return leased
            }
            state.flights[id] = flight
            return flight
        }
        return try await flight.value
    }

    /// The data key if it is here and not too old.
    func cached(_ id: UUIDBytes) -> LeasedDataKey? {
        state.withLock { state in
            guard let entry = state.entries.value(for: id) else { return nil }
            guard entry.expiry > .now else {
                state.entries.remove(id)
                return nil
            }
            return entry
        }
    }

    /// The instant when a data key unwrapped now leaves the cache.
    var expiryFromNow: ContinuousClock.Instant { .now.advanced(by: state.withLock { $0.maxAge }) }

    var generation: Int { state.withLock { $0.generation } }

    /// Puts a data key in, unless the cache was purged since `generation`.
    func insert(_ leased: LeasedDataKey, since generation: Int) {
        state.withLock { state in
            if state.generation == generation { state.entries.insert(leased, for: leased.dataKey.id) }
        }
    }

    /// Drops one entry, so that the next look-up unwraps anew.
    func remove(_ id: UUIDBytes) { state.withLock { $0.entries.remove(id) } }

    var count: Int { state.withLock { $0.entries.count } }

    /// Drops what is too old, though nobody has asked for it.
    func dropExpired() { state.withLock { $0.entries.removeAll { $0.expiry <= .now } } }

    /// Drops all entries; each is wiped after its last lease.
    func purge() {
        state.withLock { state in
            state.entries.removeAll()
            state.generation += 1
        }
    }
}
