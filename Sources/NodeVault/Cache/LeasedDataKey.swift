import EnvelopeCrypto

/// A data key in use. Who looks it up holds it; it is wiped when the cache has dropped it and the last holder lets go.
final class LeasedDataKey: Sendable {
    let dataKey: DataKey
    let lifetime: KeyLifetime
    private let observer: any CacheObserver

    init(_ dataKey: consuming DataKey, lifetime: KeyLifetime, observer: any CacheObserver) {
        self.dataKey = dataKey
        self.lifetime = lifetime
        self.observer = observer
    }

    /// A data key that no cache holds.
    convenience init(_ dataKey: consuming DataKey, expiry: ContinuousClock.Instant) {
        self.init(dataKey, lifetime: KeyLifetime(until: expiry), observer: NoCacheObserver())
    }

    deinit { observer.note(.wipe, in: .dataKeys) }
}
