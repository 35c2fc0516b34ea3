import CLinux
import Glibc

/// What a process does once, before anything else, so that libraries leave no copies of secrets behind.
public struct ProcessPreparation: Sendable, Equatable {
    /// Who OpenSSL allocates from: `ours` wipes each block when it is freed.
    public enum Allocators: String, Sendable { case ours, host }

    /// Whether the wiping allocators are in place. `host`: OpenSSL had already allocated when they were offered.
    public let allocators: Allocators

    private static let done = Lock<ProcessPreparation?>(nil)

    /// What was reached in this process: `host` where nobody has prepared it.
    public static var current: ProcessPreparation { done.withLock { $0 } ?? ProcessPreparation(allocators: .host) }

    /// Switches core dumps and Swift's crash backtraces off and routes OpenSSL's allocations through wiping functions.
    ///
    /// OpenSSL accepts allocation functions only before its first allocation, so call this first in `main`. Later calls
    /// change nothing and answer as the first.
    @discardableResult
    package static func run() -> ProcessPreparation {
        done.withLock { done in
            if let done { return done }
            forbidCoreDumps()
            silenceCrashBacktraces()
            let prepared = ProcessPreparation(allocators: WipingAllocator.install() ? .ours : .host)
            done = prepared
            return prepared
        }
    }

    private static func forbidCoreDumps() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = nodevault_forbid_dumps()
    }

    /// Swift's backtracer prints registers and memory; with the default action the process just ends.
    private static func silenceCrashBacktraces() {
        for number in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
    }
}
