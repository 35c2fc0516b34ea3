import EnvelopeCrypto
import KeyManagement
import SecretMemory
import Testing

@testable import NodeVault

/// A cache of data keys on a clock that the test turns, whose unwraps the test counts, holds up and lets fail.
final class CacheFixture: Sendable {
    private struct State: Sendable {
        var now = ContinuousClock.now
        var unwraps = 0
        var failure: VaultError?
        var held: [CheckedContinuation<Void, Never>]?
    }

    private let state = Lock(State())
    let events = RecordedEvents()
    let warnings = WarningLog()
    let cache: DataKeyCache
    private let bounds: CacheBounds

    static let maxAge = Duration.seconds(300)

    init(capacity: Int = 100, _ change: (inout CacheBounds) -> Void = { _ in }) {
        var bounds = CacheBounds(maxAge: Self.maxAge)
        change(&bounds)
        self.bounds = bounds
        let (state, warnings) = (state, warnings)
        cache = DataKeyCache(
            capacity: capacity, maxAge: bounds.maxAge, logger: warnings.logger, observer: events
        ) { state.withLock { $0.now } }
    }

    var unwraps: Int { state.withLock { $0.unwraps } }

    func fail(_ code: VaultError?) { state.withLock { $0.failure = code } }

    /// Holds unwraps up until ``letGo()``.
    func hold() { state.withLock { $0.held = [] } }

    func letGo() {
        let held = state.withLock { state in
            defer { state.held = nil }
            return state.held ?? []
        }
        for continuation in held { continuation.resume() }
    }

    /// Turns the clock.
    func turn(_ duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }

    /// Turns the clock, and lets the cache do what its timer has it do.
    func pass(_ duration: Duration) {
        turn(duration)
        cache.dropExpired()
    }

    @discardableResult
    func dataKey(_ id: UUIDBytes) async throws -> LeasedDataKey { try await cache.dataKey(id, unwrap: unwrap(id)) }

    func unwrap(_ id: UUIDBytes) -> DataKeyCache.Unwrap {
        { [self] in
            let lifetime = cache.lifetimeFromNow(id, bounds)
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    state.unwraps += 1
                    state.held?.append(continuation)
                    return state.held != nil
                }
                if !isHeld { continuation.resume() }
            }
            if let failure = state.withLock({ $0.failure }) { throw failure }
            let dataKey = try DataKey(id: id, bytes: SecretBytes.random(count: DataKey.sizeInBytes))
            return LeasedDataKey(dataKey, lifetime: lifetime, observer: events)
        }
    }
}

/// What the cache told.
final class RecordedEvents: CacheObserver {
    private let state = Lock([CacheEvent: Int]())

    subscript(event: CacheEvent) -> Int { state.withLock { $0[event] ?? 0 } }

    func note(_ event: CacheEvent, in cache: CacheKind) { state.withLock { $0[event, default: 0] += 1 } }
    func noteUnwrap(took: Duration) {}
    func noteLockedBytes(_ count: Int) {}
}

extension VaultError {
    /// A KMS's failure of that kind.
    static func kms(_ code: KMSError.Code) -> VaultError {
        VaultError(KMSError(code, operation: .decrypt, message: "the test's KMS fails here"), operation: "unwrap")
    }
}

extension Fixture {
    var unwraps: Int { kms.calls.count { $0 == .decrypt } }

    /// A vault of so many keys, each under a data key of its own, that was closed.
    func fill(keys count: Int, perDataKey: Int64 = 1) async throws -> [StoredKey] {
        let store = try await create(.quiet.with { $0.maxRecordsPerDataKey = perDataKey })
        var keys: [StoredKey] = []
        for _ in 0..<count { keys.append(try await store.generate()) }
        try await store.close()
        kms.forgetCalls()
        return keys
    }
}
