import Dispatch
import Glibc
import SecretMemory

/// Ctrl-C, and SIGTERM. While a vault is in work the first one ends the work after the step that it is in, and the next
/// one ends the process; at any other time nothing can be left half done, and the process ends at once.
enum Interruption {
    private struct State: Sendable {
        var action: Task<Void, any Error>?
        var isWorking = false
        var question: (@Sendable () -> Void)?
        var format = OutputFormat.text
    }

    private static let state = Lock(State())

    private static let queue = DispatchQueue(label: "nodevault.interruption")
    // Unsafe: made and started once, by main, and kept for the life of the process.
    nonisolated(unsafe) private static let sources = [SIGINT, SIGTERM].filter(isWanted).map { number in
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { notice() }
        return source
    }

    static func watch() {
        for source in sources { source.activate() }
    }

    /// Who starts a process in the background may have its interruption ignored: that stays so.
    private static func isWanted(_ number: Int32) -> Bool {
        var current = sigaction()
        sigaction(number, nil, &current)
        let handler = current.__sigaction_handler.sa_handler
        return unsafeBitCast(handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Runs the command's action, which the first signal cancels while it works on a vault.
    static func run(_ format: OutputFormat, _ action: sending @escaping () async throws -> Void) async throws {
        let task = Task { try await action() }
        state.withLock { state in
            state.action = task
            state.format = format
        }
        try await task.value
    }

    /// Runs `body`, whose current step is finished when a signal comes. What it has done is printed then, too: the state
    /// stays.
    static func finishing<R>(_ body: () async throws -> R) async throws -> R {
        state.withLock { $0.isWorking = true }
        return try await body()
    }

    /// Somebody is asked: a signal runs `end` and ends the process.
    static func beginQuestion(ending end: @escaping @Sendable () -> Void) { state.withLock { $0.question = end } }

    static func endQuestion() { state.withLock { $0.question = nil } }

    private static func notice() {
        let now = state.withLock { state in
            defer { if state.question == nil { state.isWorking = false } }
            return state
        }
        if now.isWorking, now.question == nil {
            StandardError.write("nodevault: interrupted: finishing the step in work; once more ends it at once")
            now.action?.cancel()
            return
        }
        now.question?()
        let error = CommandError(
            code: "cancelled", operation: "command", message: "the command was interrupted", hint: nil,
            exitStatus: .tryAgain)
        error.report(now.format)
        // Without the handlers of exit: other threads still use what those take down.
        _exit(error.exitStatus)
    }
}
