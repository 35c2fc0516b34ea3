import EnvelopeCrypto
import Logging
import SecretMemory

/// Unwrapped data keys in secret memory, bounded in number, age and uses.
///
/// Any number of concurrent misses on one data key make one call. Failures are not kept.
final class DataKeyCache: Sendable {
    typealias Unwrap = @Sendable () async throws -> LeasedDataKey

    struct Entry {
        let leased: LeasedDataKey
        /// Unwraps it anew.
        let unwrap: Unwrap
    }

    /// An unwrap under way. What its registration no longer names is not put in: the cache was purged meanwhile.
    struct Flight {
        let number: Int
        let task: Task<LeasedDataKey, any Error>
    }

    struct State {
        var entries: LeastRecentlyUsed<UUIDBytes, Entry>
        var maxAge: Duration
        var flights: [UUIDBytes: Flight] = [:]
        var flightCount = 0
        /// Grows with every purge, so that a data key made before it is not put in.
        var generation = 0
        /// Refreshes that wait for their turn, and how many are under way.
        var due: [UUIDBytes] = []
        var refreshing = 0
        var isOutage = false

        mutating func nextFlight() -> Int {
            flightCount += 1
            return flightCount
        }
    }

    let state: Lock<State>
    let observer: any CacheObserver
    let logger: Logger
    let now: @Sendable () -> ContinuousClock.Instant

    init(
        capacity: Int, maxAge: Duration, logger: Logger = Logger(label: "nodevault"),
        observer: any CacheObserver = NoCacheObserver(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        state = Lock(State(entries: LeastRecentlyUsed(capacity: capacity), maxAge: maxAge))
        self.logger = logger
        self.observer = observer
        self.now = now
    }

    /// Changes the bounds. Entries keep their age: before a shorter one, purge.
    func setBounds(capacity: Int, maxAge: Duration) {
        drop(
            state.withLock { state in
                state.maxAge = maxAge
                return state.entries.resize(to: capacity)
            }, as: .eviction)
    }

    /// The data key, from the cache or by `unwrap`.
    func dataKey(_ id: UUIDBytes, unwrap: @escaping Unwrap) async throws -> LeasedDataKey {
        if let cached = cached(id) { return cached }
        let instant = now()
        let (flight, event) = state.withLock { state -> (Task<LeasedDataKey, any Error>?, CacheEvent) in
            // Landed since the look-up above.
            if state.entries.peek(id)?.leased.lifetime.isUsable(at: instant) == true { return (nil, .hit) }
            if let flight = state.flights[id] { return (flight.task, .join) }
            let number = state.nextFlight()
            let task = Task {
                do {
                    let leased = try await self.timed(unwrap)
                    self.land(id, number, Entry(leased: leased, unwrap: unwrap))
                    return leased
                } catch {
                    self.endFlight(id, number)
                    throw error
                }
            }
            state.flights[id] = Flight(number: number, task: task)
            return (task, .miss)
        }
        guard let flight else { return try await dataKey(id, unwrap: unwrap) }
        observer.note(event, in: .dataKeys)
        let leased = try await flight.value
        _ = leased.lifetime.use(at: instant)
        return leased
    }

    /// The data key if it is here and may be used.
    func cached(_ id: UUIDBytes) -> LeasedDataKey? {
        guard let leased = state.withLock({ $0.entries.value(for: id)?.leased }) else { return nil }
        // Outside the lock: it may ask for a refresh.
        guard leased.lifetime.use(at: now()) else {
            drop(state.withLock { $0.entries.peek(id)?.leased === leased ? $0.entries.remove(id) : nil })
            return nil
        }
        observer.note(.hit, in: .dataKeys)
        return leased
    }

    /// The lifetime of a data key that is unwrapped now.
    func lifetimeFromNow(_ id: UUIDBytes, _ bounds: CacheBounds) -> KeyLifetime {
        KeyLifetime(bounds, from: now()) { [weak self] in self?.refresh([id]) }
    }

    /// The instant at which what is opened now reaches its age.
    var expiryFromNow: ContinuousClock.Instant { now().advanced(by: state.withLock { $0.maxAge }) }

    var generation: Int { state.withLock { $0.generation } }

    /// Puts a data key in, unless the cache was purged since `generation`.
    func insert(_ leased: LeasedDataKey, since generation: Int, unwrap: @escaping Unwrap) {
        drop(
            state.withLock { state in
                guard state.generation == generation else { return nil }
                return state.entries.insert(Entry(leased: leased, unwrap: unwrap), for: leased.dataKey.id)
            }, as: .eviction)
    }

    private func land(_ id: UUIDBytes, _ number: Int, _ entry: Entry) {
        drop(
            state.withLock { state in
                guard state.flights[id]?.number == number else { return nil }
                state.flights[id] = nil
                return state.entries.insert(entry, for: id)
            }, as: .eviction)
    }

    func endFlight(_ id: UUIDBytes, _ number: Int) {
        state.withLock { state in
            if state.flights[id]?.number == number { state.flights[id] = nil }
        }
    }

    /// Drops one entry, so that the next look-up unwraps anew.
    func remove(_ id: UUIDBytes) {
        drop(
            state.withLock { state in
                state.flights[id] = nil
                return state.entries.remove(id)
            })
    }

    var count: Int { state.withLock { $0.entries.count } }

    /// Which data keys are here.
    var ids: [UUIDBytes] { state.withLock { $0.entries.values.map { $0.leased.dataKey.id } } }

    /// Drops all entries; each is wiped after its last lease.
    func purge() {
        let dropped = state.withLock { state in
            state.generation += 1
            state.flights = [:]
            state.due = []
            return state.entries.removeAll()
        }
        for entry in dropped { drop(entry) }
    }

    func drop(_ entries: [Entry], as event: CacheEvent) { for entry in entries { drop(entry, as: event) } }

    /// Ends what has left the cache: private keys opened with it live no longer than to its age.
    func drop(_ entry: Entry?, as event: CacheEvent? = nil) {
        guard let entry else { return }
        entry.leased.lifetime.endAtAge()
        if let event { observer.note(event, in: .dataKeys) }
    }

    func timed(_ unwrap: Unwrap) async throws -> LeasedDataKey {
        let begin = ContinuousClock.now
        let leased = try await unwrap()
        observer.noteUnwrap(took: begin.duration(to: .now))
        return leased
    }
}
