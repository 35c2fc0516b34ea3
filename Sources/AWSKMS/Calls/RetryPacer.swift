import KeyManagement
import SecretMemory

/// Waits between the attempts of one call, or says that there is to be none.
struct RetryPacer {
    /// How much longer than of our own accord we wait because an answer asks for it.
    private static let longestExtraPause = Duration.seconds(5)

    private let quota: RetryQuota
    private var retries = 0
    /// What the last retry has cost.
    private var taken: Int?

    init(_ quota: RetryQuota) { self.quota = quota }

    func succeeded() { quota.giveBack(taken) }

    /// Waits before the next attempt.
    ///
    /// - Throws: the failure where there is to be none, or not before the deadline; `.cancelled` with the task.
    mutating func pause(
        after failure: AttemptFailure, _ backoff: Backoff, until deadline: ContinuousClock.Instant
    ) async throws(KMSError) {
        retries += 1
        guard backoff.allowsRetry(retries) else { throw failure.error }
        let pause = Self.pause(backoff.pause(beforeRetry: retries), asked: failure.retryAfter)
        guard .now + pause < deadline, let cost = quota.take(afterTimeout: failure.error.code == .timedOut) else {
            throw failure.error
        }
        taken = cost
        do { try await Task.sleep(for: pause) } catch {
            throw KMSError(.cancelled, operation: failure.error.operation, message: "the call was cancelled")
        }
    }

    /// As long as is asked for, but neither shorter than our own pause nor much longer: whoever answers does not decide
    /// how long a call hangs.
    static func pause(_ own: Duration, asked: Duration?) -> Duration {
        guard let asked else { return own }
        return max(own, min(asked, own + longestExtraPause))
    }
}
