import KeyManagement
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [
        (1, 500), (2, 1000), (3, 2000), (4, 4000), (5, 8000), (6, 10_000), (7, 10_000), (1000, 10_000), (0, 500),
    ])
    func `the longest pause doubles up to its bound`(_ retry: Int, _ longest: Int) {
        #expect(Backoff.failures.longestPause(beforeRetry: retry) == .milliseconds(longest))
    }

    @Test func `a pause is any part of the longest one`() {
        let backoff = Backoff(initialDelay: .milliseconds(100), maxDelay: .seconds(10))
        let pauses = (0..<1000).map { _ in backoff.pause(beforeRetry: 3) }
        #expect(pauses.allSatisfy { (.zero..<(.milliseconds(400))).contains($0) })
        let quarters = Set(pauses.map { Int($0 / .milliseconds(100)) })
        #expect(quarters == [0, 1, 2, 3])
    }

    @Test func `a first delay above the bound is cut to it`() {
        let backoff = Backoff(initialDelay: .seconds(60), maxDelay: .seconds(10))
        #expect(backoff.longestPause(beforeRetry: 1) == .seconds(10))
        #expect(backoff.longestPause(beforeRetry: 9) == .seconds(10))
    }

    @Test func `delays beyond all measure do not overflow`() {
        let longest = Duration.seconds(Int64.max)
        let backoff = Backoff(initialDelay: .nanoseconds(1), maxDelay: longest)
        #expect(backoff.longestPause(beforeRetry: 200) <= longest)
        #expect(backoff.pause(beforeRetry: 200) <= longest)
    }

    @Test func `retries are counted where they are bounded`() {
        let bounded = Backoff(initialDelay: .seconds(1), maxDelay: .seconds(1), maxRetries: 2)
        #expect([1, 2, 3].map(bounded.allowsRetry) == [true, true, false])
        #expect(Backoff.failures.allowsRetry(1_000_000))
        #expect(!Backoff(initialDelay: .seconds(1), maxDelay: .seconds(1), maxRetries: 0).allowsRetry(1))
    }
}
