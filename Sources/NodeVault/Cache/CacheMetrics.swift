import Metrics

/// The caches' measures, as swift-metrics. Labels name a cache and an event, never a key.
///
/// | measure | kind | dimensions |
/// |---|---|---|
/// | `nodevault_cache_events_total` | counter | `cache` (`data-keys`, `private-keys`), `event` |
/// | `nodevault_unwrap_seconds` | timer | |
/// | `nodevault_locked_bytes` | gauge | |
struct CacheMetrics: CacheObserver {
    private let events: [[Counter]]
    private let unwrap = Timer(label: "nodevault_unwrap_seconds")
    private let lockedBytes = Gauge(label: "nodevault_locked_bytes")

    init() {
        // Made once: looking a counter up by its label at every use would cost more than the use.
        events = CacheKind.allCases.map { cache in
            CacheEvent.allCases.map { event in
                Counter(
                    label: "nodevault_cache_events_total",
                    dimensions: [("cache", cache.name), ("event", "\(event)")])
            }
        }
    }

    func note(_ event: CacheEvent, in cache: CacheKind) { events[cache.rawValue][event.rawValue].increment() }

    func noteUnwrap(took: Duration) { unwrap.recordNanoseconds(Int64(took / .nanoseconds(1))) }

    func noteLockedBytes(_ count: Int) { lockedBytes.record(count) }
}

extension CacheKind {
    fileprivate var name: String {
        switch self {
        case .dataKeys: "data-keys"
        case .privateKeys: "private-keys"
        }
    }
}
