import SecretMemory

/// Says that a job is to end after the steps that are in work.
///
/// Cancelling the task would break those off in the middle of a KMS call: a job's steps run to their end instead, and look
/// here before the next one.
final class StopSignal: Sendable {
    private let state = Lock(false)

    var isSet: Bool { state.withLock { $0 } }

    /// Runs `body`, during which cancelling the task sets the signal and does nothing else.
    func observingCancellation<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withTaskCancellationHandler {
            try await Task { try await body() }.value
        } onCancel: {
            state.withLock { $0 = true }
        }
    }

    /// Throws when the signal is set.
    func check() throws { if isSet { throw CancellationError() } }

    /// Waits; throws as soon as the signal is set.
    func sleep(for duration: Duration) async throws {
        let end = ContinuousClock.now.advanced(by: duration)
        while .now < end {
            try check()
            try await Task.sleep(for: min(ContinuousClock.now.duration(to: end), .milliseconds(50)))
        }
        try check()
    }
}
