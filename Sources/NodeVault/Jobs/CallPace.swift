import KeyManagement
import SecretMemory

/// Spaces a job's KMS calls out: under the rate asked for, and slower while the KMS throttles.
final class CallPace: Sendable {
    private struct State: Sendable {
        /// When the next call may leave.
        var next = ContinuousClock.now
        var count = 0
    }

    private let interval: Duration
    private let stop: StopSignal
    private let state = Lock(State())

    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(10)

    init(callsPerSecond: Int?, stop: StopSignal) {
        interval = callsPerSecond.map { .seconds(1) / $0 } ?? .zero
        self.stop = stop
    }

    /// Calls so far.
    var count: Int { state.withLock { $0.count } }

    /// Makes a call when its turn has come, and again for as long as the KMS answers that it is throttling.
    ///
    /// A job that is to stop waits for the rate, so as to finish the step that it is in, but not for a KMS that throttles.
    ///
    /// - Throws: `CancellationError`.
    func call<R: ~Copyable>(_ body: () async throws -> R) async throws -> R {
        var pause = Self.firstPause
        while true {
            try await waitForTurn()
            do { return try await body() } catch let error as KMSError where error.code == .throttled {
                // All calls wait, not this one alone: the KMS counts them together.
                let held = pause * Double.random(in: 0.5...1)
                state.withLock { $0.next = max($0.next, .now.advanced(by: held)) }
                try await stop.sleep(for: held)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func waitForTurn() async throws {
        while true {
            let wait = state.withLock { state -> Duration in
                let now = ContinuousClock.now
                guard state.next <= now else { return now.duration(to: state.next) }
                state.next = now.advanced(by: interval)
                state.count += 1
                return .zero
            }
            guard wait > .zero else { return }
            try await Task.sleep(for: wait)
        }
    }
}
