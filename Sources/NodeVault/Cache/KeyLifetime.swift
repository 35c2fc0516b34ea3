import SecretMemory

/// How long a data key, and every private key opened with it, may be used: one object for all of them, so that a
/// refresh of the data key renews the private keys as well.
///
/// A key that was used since its last unwrap is refreshed before its age. Until the KMS has answered, and while it
/// cannot be asked, the key lives on for the outage grace; when the KMS refuses, it ends at its age.
final class KeyLifetime: Sendable {
    typealias Instant = ContinuousClock.Instant

    private enum Phase {
        case fresh
        /// A refresh is under way or waits for its turn.
        case asking
        /// The KMS could not be asked; from then on it is asked again.
        case waiting(until: Instant)
        /// There is no refresh any more.
        case final
    }

    private struct State {
        var phase = Phase.fresh
        var refreshAt: Instant
        var end: Instant
        var graceEnd: Instant
        var retryInterval = Duration.zero
        var usesLeft: Int?
        /// Whether it was used since it was renewed; the first unwrap was asked for by a use.
        var isWanted = true

        func isUsable(at now: Instant) -> Bool { now < deadline && usesLeft != 0 }

        private var deadline: Instant {
            switch phase {
            case .fresh, .final: end
            case .asking, .waiting: graceEnd
            }
        }

        /// Whether a refresh is to begin, which then counts as begun.
        mutating func beginsRefresh(at now: Instant) -> Bool {
            switch phase {
            case .fresh where now >= refreshAt: break
            case .waiting(let until) where now >= until: break
            default: return false
            }
            phase = .asking
            return true
        }
    }

    private let state: Lock<State>
    /// Asks for a refresh in the background.
    private let refresh: @Sendable () -> Void

    /// The lifetime of what is unwrapped at that instant.
    init(_ bounds: CacheBounds, from now: Instant, refresh: @escaping @Sendable () -> Void) {
        let end = now.advanced(by: bounds.maxAge)
        state = Lock(
            State(
                refreshAt: end.advanced(by: .zero - bounds.refreshWindow), end: end,
                graceEnd: end.advanced(by: bounds.outageGrace), retryInterval: bounds.retryInterval,
                usesLeft: bounds.maxUses))
        self.refresh = refresh
    }

    /// The lifetime of what nothing refreshes.
    init(until end: Instant) {
        state = Lock(State(phase: .final, refreshAt: end, end: end, graceEnd: end))
        refresh = {}
    }

    /// Takes a use; false when there is none left or the key is too old. May ask for a refresh.
    func use(at now: Instant) -> Bool {
        let (isUsable, begins) = state.withLock { state in
            guard state.isUsable(at: now) else { return (false, false) }
            state.usesLeft = state.usesLeft.map { $0 - 1 }
            state.isWanted = true
            return (true, state.beginsRefresh(at: now))
        }
        if begins { refresh() }
        return isUsable
    }

    func isUsable(at now: Instant) -> Bool { state.withLock { $0.isUsable(at: now) } }

    /// Whether a refresh is to begin without a use: of a key that was used since its last unwrap.
    func beginsRefresh(at now: Instant) -> Bool {
        state.withLock { $0.isWanted && $0.isUsable(at: now) && $0.beginsRefresh(at: now) }
    }

    /// Begins anew, as what was just unwrapped does.
    func renew(as other: KeyLifetime) {
        var renewed = other.state.withLock { $0 }
        renewed.isWanted = false
        state.withLock { $0 = renewed }
    }

    /// The KMS could not be asked.
    func postponeRefresh(at now: Instant) {
        state.withLock { state in
            if case .asking = state.phase { state.phase = .waiting(until: now.advanced(by: state.retryInterval)) }
        }
    }

    /// Nothing refreshes it any more: it ends at its age.
    func endAtAge() { state.withLock { $0.phase = .final } }
}
