/// How long, and how often, an unwrapped data key may be used.
struct CacheBounds: Sendable, Equatable {
    /// The age at which it leaves memory, counted from its unwrap.
    var maxAge: Duration
    /// How long before that age it is unwrapped anew in the background.
    var refreshAhead: Duration = .seconds(30)
    /// How long it lives on after that age while the KMS cannot be asked.
    var outageGrace: Duration = .seconds(3600)
    /// How often it is used after one unwrap; nil for any number of times.
    var maxUses: Int?

    /// The time before the age in which a refresh begins: long enough for the timer to come by twice, half the age at
    /// most.
    var refreshWindow: Duration {
        min(max(refreshAhead, ExpiryTimer.interval(maxAge: maxAge) * 2), maxAge / 2)
    }

    /// How long after a refresh in vain the next one begins.
    var retryInterval: Duration { min(refreshWindow / 3, .seconds(10)) }
}

extension CacheBounds {
    init(_ options: KeyStoreOptions) {
        self.init(
            maxAge: options.cacheMaxAge, refreshAhead: options.cacheRefreshAhead,
            outageGrace: options.cacheOutageGrace, maxUses: options.cacheMaxUses)
    }
}
