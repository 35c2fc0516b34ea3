/// When credentials are to be replaced, on a clock that settings of the system's do not move.
struct RefreshTimes: Sendable {
    /// From here on new ones are looked for while these are in use.
    let refresh: ContinuousClock.Instant
    /// From here on a call waits for new ones.
    let mandatory: ContinuousClock.Instant
    /// From here on these are of no use.
    let end: ContinuousClock.Instant

    /// Nil for credentials that do not end.
    ///
    /// - Parameters:
    ///   - jitter: 0 to 1: so that many nodes that began together do not come back together.
    ///   - now: seconds since 1970.
    init?(_ credentials: AWSCredentials, jitter: Double, now: Int, on clock: ContinuousClock.Instant) {
        guard let expiry = credentials.expiryInSecondsSince1970 else { return nil }
        let left = Double(max(0, expiry - now))
        // 15 minutes ahead at the most, and by a quarter more or less.
        let ahead = min(Self.longestAheadInSeconds, left / 2) * (0.75 + jitter / 2)
        refresh = clock + .seconds(left - ahead)
        mandatory = clock + .seconds(left - min(Self.longestWaitInSeconds, left / 10))
        end = clock + .seconds(left)
    }

    private static let longestAheadInSeconds = 900.0
    private static let longestWaitInSeconds = 60.0
}
