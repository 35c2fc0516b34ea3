/// How often, and how long apart, a call is tried again.
///
/// The longest pause begins at ``initialDelay`` and doubles up to ``maxDelay``; what is waited is a random part of it, so
/// that many callers do not come back at once. Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
public struct Backoff: Sendable, Hashable {
    /// The longest pause before the second attempt; above zero.
    public var initialDelay: Duration
    /// The longest pause before any attempt.
    public var maxDelay: Duration
    /// How often is tried again; nil for as long as the operation's own bound allows.
    public var maxRetries: Int?

    /// A backoff by its bounds.
    public init(initialDelay: Duration, maxDelay: Duration, maxRetries: Int? = nil) {
        self.initialDelay = initialDelay
        self.maxDelay = maxDelay
        self.maxRetries = maxRetries
    }

    /// For calls that failed, and may succeed later: 500 ms, 10 s, no bound of its own.
    public static let failures = Backoff(initialDelay: .milliseconds(500), maxDelay: .seconds(10))
    /// For a wrapper key that was just made: 100 ms, 10 s, 20 times.
    public static let newKey = Backoff(initialDelay: .milliseconds(100), maxDelay: .seconds(10), maxRetries: 20)

    /// Whether the try of this number, counted from 1, may be made again.
    package func allowsRetry(_ number: Int) -> Bool { maxRetries.map { number <= $0 } ?? true }

    /// The longest pause before the retry of this number, counted from 1.
    package func longestPause(beforeRetry number: Int) -> Duration {
        var pause = min(initialDelay, maxDelay)
        var doublings = number - 1
        while doublings > 0, pause > .zero, pause < maxDelay {
            pause = pause > maxDelay / 2 ? maxDelay : pause * 2
            doublings -= 1
        }
        return pause
    }

    /// A random part of the longest pause.
    package func pause(beforeRetry number: Int) -> Duration {
        longestPause(beforeRetry: number) * Double.random(in: 0..<1)
    }
}
