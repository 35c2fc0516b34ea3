import NodeKeys
import SecretMemory
import VaultStorage

/// A private key that is ready for use, with the row that it was opened from.
final class ReadyPrivateKey: Sendable {
    let handle: PrivateKeyHandle
    let purpose: KeyPurpose
    let row: PrivateKeyRow
    /// How long it may be used: its data key's lifetime.
    let lifetime: KeyLifetime

    init(handle: PrivateKeyHandle, purpose: KeyPurpose, row: PrivateKeyRow, lifetime: KeyLifetime) {
        self.handle = handle
        self.purpose = purpose
        self.row = row
        self.lifetime = lifetime
    }
}

/// Ready private keys, bounded as data keys are.
final class PrivateKeyCache: Sendable {
    private struct State {
        var entries: LeastRecentlyUsed<KeyID, ReadyPrivateKey>
        /// Grows with every drop, so that a key opened from a row that is gone meanwhile is not put in.
        var generation = 0
    }

    private let state: Lock<State>
    private let observer: any CacheObserver

    init(capacity: Int, observer: any CacheObserver = NoCacheObserver()) {
        state = Lock(State(entries: LeastRecentlyUsed(capacity: capacity)))
        self.observer = observer
    }

    func setCapacity(_ capacity: Int) {
        for _ in state.withLock({ $0.entries.resize(to: capacity) }) { observer.note(.eviction, in: .privateKeys) }
    }

    /// The key if it is here and may be used. A use of it is one of its data key.
    func ready(_ keyID: KeyID) -> ReadyPrivateKey? {
        guard let entry = state.withLock({ $0.entries.value(for: keyID) }) else {
            observer.note(.miss, in: .privateKeys)
            return nil
        }
        // Outside the lock: it may ask for a refresh.
        guard entry.lifetime.use(at: .now) else {
            state.withLock { state in
                if state.entries.peek(keyID) === entry { state.entries.remove(keyID) }
            }
            observer.note(.miss, in: .privateKeys)
            return nil
        }
        observer.note(.hit, in: .privateKeys)
        return entry
    }

    var generation: Int { state.withLock { $0.generation } }

    /// Puts a key in, unless something was dropped since `generation`.
    func insert(_ key: ReadyPrivateKey, for keyID: KeyID, since generation: Int) {
        let dropped = state.withLock { state in
            state.generation == generation ? state.entries.insert(key, for: keyID) : nil
        }
        if dropped != nil { observer.note(.eviction, in: .privateKeys) }
    }

    func remove(_ keyID: KeyID) {
        state.withLock { state in
            state.entries.remove(keyID)
            state.generation += 1
        }
    }

    /// Drops every key whose row is no longer what it was opened from.
    func keep(where isCurrent: (PrivateKeyRow) -> Bool) {
        let entries = state.withLock { state in
            state.generation += 1
            return state.entries.values
        }
        for entry in entries where !isCurrent(entry.row) { remove(entry.handle.publicKey.keyID) }
    }

    var count: Int { state.withLock { $0.entries.count } }

    /// Drops what is too old, though nobody has asked for it.
    func dropExpired() {
        let now = ContinuousClock.now
        _ = state.withLock { $0.entries.removeAll { !$0.lifetime.isUsable(at: now) } }
    }

    func purge() {
        _ = state.withLock { state in
            state.generation += 1
            return state.entries.removeAll()
        }
    }
}
