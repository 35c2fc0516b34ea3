import KeyManagement
import SecretMemory

/// Keeps what the provider answered, replaces it ahead of its end, and asks the provider one at a time.
///
/// While there are usable credentials no caller waits for newer ones. A provider that fails is heard once these have
/// ended: until then they sign, and it is asked again after a pause.
final class CredentialStore: Sendable {
    private struct State {
        var kept: AWSCredentials?
        var times: RefreshTimes?
        var flight: CredentialFlight?
        /// Not before then is a provider that failed asked again while there are usable credentials.
        var pauseEnds: ContinuousClock.Instant?
    }

    private let provider: any AWSCredentialsProvider
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state = Lock(State())

    /// - Parameter clock: for the ends of credentials, not for how long callers wait.
    init(
        _ provider: any AWSCredentialsProvider, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.provider = provider
        self.clock = clock
    }

    deinit { state.withLock { $0.flight }?.cancel() }

    /// The credentials to sign with now.
    ///
    /// - Throws: the provider's failure; `.timedOut` where it does not answer until `deadline`, `.cancelled` with its
    ///   task.
    func current(until deadline: ContinuousClock.Instant) async throws(AWSCredentialsError) -> AWSCredentials {
        let now = clock()
        let (usable, flight) = state.withLock { state -> (AWSCredentials?, CredentialFlight?) in
            guard let kept = state.kept else { return (nil, begin(&state)) }
            guard let times = state.times, now >= times.refresh else { return (kept, nil) }
            let isPaused = state.pauseEnds.map { now < $0 } ?? false
            let isUsable = kept.outlivesExpiry || now < times.end
            if isPaused, isUsable { return (kept, nil) }
            let flight = begin(&state)
            let mayWait = now >= times.mandatory && !kept.outlivesExpiry
            return (mayWait ? nil : kept, flight)
        }
        if let usable { return usable }
        guard let flight else { throw AWSCredentialsError("there are no credentials") }
        do throws(AWSCredentialsError) { return try await flight.wait(until: deadline) } catch {
            let rest = state.withLock { state in
                state.times.map { clock() < $0.end } == true ? state.kept : nil
            }
            guard let rest, error.code != .cancelled else { throw error }
            return rest
        }
    }

    /// Asks the provider again. Whether it has others than those refused.
    func renew(_ refused: AWSCredentials, until deadline: ContinuousClock.Instant) async -> Bool {
        forget(refused)
        // A provider that fails now is heard at the next call: this one ends as the KMS refused it.
        guard let found = try? await current(until: deadline) else { return false }
        return !found.isEqual(to: refused)
    }

    /// Asks the provider again at the next call, unless that was done already.
    func forget(_ refused: AWSCredentials) {
        state.withLock { state in
            guard state.kept === refused else { return }
            state.kept = nil
            state.times = nil
            state.pauseEnds = nil
        }
    }

    /// The flight that is under way, or a new one.
    private func begin(_ state: inout State) -> CredentialFlight {
        if let flight = state.flight { return flight }
        let flight = CredentialFlight(provider) { [weak self] flight, result in self?.end(flight, result) }
        state.flight = flight
        flight.start()
        return flight
    }

    private func end(_ flight: CredentialFlight, _ result: Result<AWSCredentials, AWSCredentialsError>) {
        let now = clock()
        let jitter = Double.random(in: 0..<1)
        state.withLock { state in
            guard state.flight === flight else { return }
            state.flight = nil
            let hasEnded: Bool
            switch result {
            case .success(let found):
                state.kept = found
                state.times = RefreshTimes(
                    found, jitter: jitter, now: SigningTime.now(offsetInSeconds: 0).secondsSince1970, on: now)
                hasEnded = state.times.map { now >= $0.end } ?? false
                state.pauseEnds = nil
            case .failure: hasEnded = true
            }
            // What had ended when it came, or did not come: not again at once, since it is used as long as it is
            // accepted.
            if hasEnded, state.kept != nil { state.pauseEnds = now + .seconds(30 + 30 * jitter) }
        }
    }
}
