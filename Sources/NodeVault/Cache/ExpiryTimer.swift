import Dispatch

/// Runs at intervals for as long as it lives: so that keys which nobody uses any more leave memory at their age, too.
final class ExpiryTimer: Sendable {
    // Unsafe: set once; Dispatch sources may be used from any thread.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    init(maxAge: Duration, _ body: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "nodevault.expiry"))
        timer.setEventHandler(handler: body)
        schedule(maxAge: maxAge)
        timer.resume()
    }

    /// A twentieth of the age, a second at most: late enough, and neither busy nor slow.
    static func interval(maxAge: Duration) -> Duration { min(max(maxAge / 20, .milliseconds(20)), .seconds(1)) }

    func schedule(maxAge: Duration) {
        let milliseconds = Int(Self.interval(maxAge: maxAge) / .milliseconds(1))
        timer.schedule(
            deadline: .now() + .milliseconds(milliseconds), repeating: .milliseconds(milliseconds),
            leeway: .milliseconds(milliseconds / 4))
    }

    deinit { timer.cancel() }
}
