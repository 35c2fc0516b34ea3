import Logging

/// Compresses and removes rolled files away from the callers. What a crash or an exit cuts short, the next process that
/// opens the log takes up.
final class RollingWork: Sendable {
    private let folder: LogFolder
    private let warnings: Logger?
    private let state = SignalledLock(State())

    private struct State {
        var isAskedFor = false
        var isRunning = false
    }

    init(_ folder: LogFolder, warnings: Logger?) {
        self.folder = folder
        self.warnings = warnings
    }

    /// Looks for rolled files soon.
    func start() {
        let isFirst = state.withLock { state in
            defer { (state.isAskedFor, state.isRunning) = (true, true) }
            return !state.isRunning
        }
        // Without a thread the files wait for the next roll, or the next process.
        if isFirst, !OwnThread.start({ [self] in run() }) { state.withLock { $0.isRunning = false } }
    }

    private func run() {
        while state.withLock({ state in
            state.isRunning = state.isAskedFor
            state.isAskedFor = false
            return state.isRunning
        }) {
            do throws(AuditFailure) { try folder.finish() } catch {
                warnings?.warning("a rolled audit log is not compressed yet: \(error)")
            }
        }
        state.signal()
    }

    /// Returns when the work asked for so far is done, or after some seconds.
    func wait(atMost seconds: Int) {
        state.sleep(until: .now + .seconds(seconds), unless: { !$0.isRunning })
    }
}
