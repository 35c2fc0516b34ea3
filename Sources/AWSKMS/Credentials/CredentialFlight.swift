import KeyManagement
import SecretMemory

/// One question to a provider, for which any number of callers wait, each as long as it may.
///
/// A caller that goes does not end it: others wait for it, and the answer is kept for the next.
final class CredentialFlight: Sendable {
    typealias Outcome = Result<AWSCredentials, AWSCredentialsError>

    private struct State {
        var outcome: Outcome?
        var waiting = [Int: CheckedContinuation<Outcome, Never>]()
        var next = 0
        var task: Task<Void, Never>?
    }

    private let provider: any AWSCredentialsProvider
    private let finish: @Sendable (CredentialFlight, Outcome) -> Void
    private let state = Lock(State())

    init(
        _ provider: any AWSCredentialsProvider, finish: @escaping @Sendable (CredentialFlight, Outcome) -> Void
    ) {
        self.provider = provider
        self.finish = finish
    }

    func start() {
        // It outlives the caller that began it and is not cancelled with it, but has its task-local values, the trace
        // id among them.
        let task = Task { [provider] in
            let outcome: Outcome
            do throws(AWSCredentialsError) { outcome = .success(try await provider.credentials()) } catch {
                outcome = .failure(error)
            }
            self.end(outcome)
        }
        state.withLock { $0.task = task }
    }

    func cancel() { state.withLock { $0.task }?.cancel() }

    private func end(_ outcome: Outcome) {
        // First into the store, so that who asks next finds it there.
        finish(self, outcome)
        let waiting = state.withLock { state in
            state.outcome = outcome
            state.task = nil
            let waiting = state.waiting
            state.waiting = [:]
            return waiting
        }
        for continuation in waiting.values { continuation.resume(returning: outcome) }
    }

    func wait(until deadline: ContinuousClock.Instant) async throws(AWSCredentialsError) -> AWSCredentials {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        let timer = Task {
            // The runtime ends the process where a moment is too far away for it.
            let left = min(max(.zero, deadline - .now), .seconds(86_400))
            guard (try? await Task.sleep(for: left)) != nil else { return }
            self.leave(ticket, Self.late)
        }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
                let known = state.withLock { state -> Outcome? in
                    if state.outcome == nil { state.waiting[ticket] = continuation }
                    return state.outcome
                }
                if let known { continuation.resume(returning: known) }
                // What came before the continuation was there found nobody.
                if Task.isCancelled { leave(ticket, Self.cancelled) }
                if .now >= deadline { leave(ticket, Self.late) }
            }
        } onCancel: {
            leave(ticket, Self.cancelled)
        }
        return try outcome.get()
    }

    private static let late = AWSCredentialsError(
        "the AWS credentials did not come in time; check the source of the credentials", code: .timedOut,
        isRetryable: true)
    private static let cancelled = AWSCredentialsError("the call was cancelled", code: .cancelled)

    private func leave(_ ticket: Int, _ reason: AWSCredentialsError) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(returning: .failure(reason))
    }
}
