/// Is told what happens in the caches. It never sees a secret; it may be called from any thread and must not wait.
protocol CacheObserver: Sendable {
    func note(_ event: CacheEvent, in cache: CacheKind)
    /// How long an unwrap took, with the KMS call and the check of its answer.
    func noteUnwrap(took: Duration)
    /// Bytes of secret memory in use.
    func noteLockedBytes(_ count: Int)
}

/// Which cache.
enum CacheKind: Int, Sendable, CaseIterable {
    case dataKeys
    case privateKeys
}

/// What happened in it.
enum CacheEvent: Int, Sendable, CaseIterable {
    case hit
    case miss
    /// A miss that waits for another caller's unwrap.
    case join
    /// Dropped because the cache was full.
    case eviction
    /// Unwrapped anew before its age.
    case refresh
    /// A refresh that the KMS refused.
    case refusal
    /// A refresh for which the KMS could not be asked.
    case outage
    /// A secret that was wiped.
    case wipe
}

/// Listens to nothing.
struct NoCacheObserver: CacheObserver {
    func note(_ event: CacheEvent, in cache: CacheKind) {}
    func noteUnwrap(took: Duration) {}
    func noteLockedBytes(_ count: Int) {}
}
