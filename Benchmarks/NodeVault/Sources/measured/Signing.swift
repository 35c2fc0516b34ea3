import Dispatch
import NodeKeys
import NodeVault
import Synchronization

/// Signing 64 bytes with a key that was used before.
struct Signing: Operation {
    private let keys: KeyStore
    private let keyID: KeyID
    private let message = [UInt8](repeating: 0, count: 64)

    init(_ arguments: [String], _ scheme: KeyScheme) async throws {
        keys = try await Vault.open(arguments)
        guard let key = try await keys.keys().first(where: { $0.scheme == scheme && $0.purpose == .signing }) else {
            throw Failure("the vault has no key of scheme \(scheme)")
        }
        keyID = key.keyID
        _ = try await keys.sign(message, with: keyID)
    }

    func run(_ count: Int) async throws {
        for _ in 0..<count { _ = try await keys.sign(message, with: keyID) }
    }
}

/// Counts how often signing with a ready key leaves the caller's executor.
enum Hops {
    static func count(_ arguments: [String]) async throws {
        let signing = try await Signing(arguments, .ed25519)
        let caller = Caller()
        print(try await caller.jobsDuring { try await signing.run(1_000) })
    }

    private actor Caller {
        private let executor = CountingExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        /// The jobs that this actor's executor was given while `body` ran on it.
        func jobsDuring(_ body: nonisolated(nonsending) () async throws -> Void) async throws -> Int {
            let before = executor.jobs.load(ordering: .relaxed)
            try await body()
            return executor.jobs.load(ordering: .relaxed) - before
        }
    }

    /// Runs jobs one after another, each on a thread of Dispatch, and counts them.
    private final class CountingExecutor: SerialExecutor {
        let jobs = Atomic(0)
        private let queue = DispatchQueue(label: "caller")

        func enqueue(_ job: consuming ExecutorJob) {
            jobs.add(1, ordering: .relaxed)
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }
}
