import NodeKeys
import SecretMemory
import VaultStorage

/// A private key that is ready for use, with the row that it was opened from.
final class ReadyPrivateKey: Sendable {
    let handle: PrivateKeyHandle
    let purpose: KeyPurpose
    let row: PrivateKeyRow
    /// When it leaves the cache: with its data key.
    let expiry: ContinuousClock.Instant

    init(handle: PrivateKeyHandle, purpose: KeyPurpose, row: PrivateKeyRow, expiry: ContinuousClock.Instant) {
        self.handle = handle
        self.purpose = purpose
        self.row = row
        self.expiry = expiry
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

    init(capacity: Int) { state = Lock(State(entries: LeastRecentlyUsed(capacity: capacity))) }

    func setCapacity(_ capacity: Int) { state.withLock { $0.entries.resize(to: capacity) } }

    /// The key if it is here and not too old.
    func ready(_ keyID: KeyID) -> ReadyPrivateKey? {
        state.withLock { state in
            guard let entry = state.entries.value(for: keyID) else { return nil }
            guard entry.expiry > .now else {
                state.entries.remove(keyID)
                return nil
            }
            return entry
        }
    }

    var generation: Int { state.withLock { $0.generation } }

    /// Puts a key in, unless something was dropped since `generation`.
    func insert(_ key: ReadyPrivateKey, for keyID: KeyID, since generation: Int) {
        state.withLock { state in
            if state.generation == generation { state.entries.insert(key, for: keyID) }
        }
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
    func dropExpired() { state.withLock { $0.entries.removeAll { $0.expiry <= .now } } }

    func purge() {
        state.withLock { state in
            state.entries.removeAll()
            state.generation += 1
        }
    }
}
