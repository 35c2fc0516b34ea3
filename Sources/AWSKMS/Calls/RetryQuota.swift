import SecretMemory

/// What a client's calls may spend on trying again: where nothing answers, calls fail sooner than they would alone.
///
/// Source: the AWS SDKs and Tools Reference Guide, "Retry behavior", and botocore's `retries/standard.py`.
final class RetryQuota: Sendable {
    private static let capacity = 500
    private static let cost = 5
    private static let costAfterTimeout = 10
    private static let gain = 1

    private let left = Lock(capacity)

    /// What is left, for tests and reports.
    var available: Int { left.withLock { $0 } }

    /// Takes what one more attempt costs; nil where too little is left.
    func take(afterTimeout: Bool) -> Int? {
        let cost = afterTimeout ? Self.costAfterTimeout : Self.cost
        return left.withLock { left in
            guard left >= cost else { return nil }
            left -= cost
            return cost
        }
    }

    /// Gives back what a call took that then went through, or the little that one earns which took nothing.
    func giveBack(_ taken: Int?) { left.withLock { $0 = min(Self.capacity, $0 + (taken ?? Self.gain)) } }
}
