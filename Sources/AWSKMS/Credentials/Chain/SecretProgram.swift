import CCurl
import Dispatch
import Glibc
import SecretMemory

/// A program whose output is a secret: it goes from a pipe straight into secret memory.
struct SecretProgram: Sendable {
    enum Failure: Error, Equatable {
        case notStarted(String)
        case ended(String)
        case tooLong
        case late
        case secretMemory(String)
    }

    private static let maximumSizeInBytes = 65_536

    let words: [String]
    let environment: AWSEnvironment

    /// All that the program writes. It and what it started are killed at `deadline`, or with the task.
    func output(until deadline: ContinuousClock.Instant) async throws(Failure) -> SecretBox {
        let isCancelled = Lock(false)
        let result: Result<SecretBox, Failure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // It waits: not on Swift's own threads.
                DispatchQueue.global().async {
                    continuation.resume(
                        returning: Result { () throws(Failure) in
                            try run { isCancelled.withLock { $0 } || .now >= deadline }
                        })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
        return try result.get()
    }

    private func run(_ isOver: () -> Bool) throws(Failure) -> SecretBox {
        var ends: [Int32] = [-1, -1]
        guard nodevault_private_pipe(&ends) == 0 else { throw .notStarted(Self.reason(errno)) }
        let input = ends[0]
        defer { close(input) }
        var process = pid_t()
        let result = start(writingTo: ends[1], &process)
        close(ends[1])
        guard result == 0 else { throw .notStarted(Self.reason(result)) }
        var hasEnded = false
        defer {
            if !hasEnded {
                kill(-process, SIGKILL)
                waitpid(process, nil, 0)
            }
        }
        let output = try read(input, isOver)
        try wait(for: process, isOver, &hasEnded)
        return output
    }

    private func start(writingTo output: Int32, _ process: inout pid_t) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // What it says may be a secret, and belongs into nobody's log.
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that what it starts can be ended with it; and no signals that a thread here blocks.
        posix_spawnattr_setpgroup(&attributes, 0)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        let arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        switch environment {
        case .process: return posix_spawnp(&process, words[0], &actions, &attributes, arguments, Glibc.environ)
        case .fixed(let variables):
            let pairs = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { pairs.forEach { free($0) } }
            return posix_spawnp(&process, words[0], &actions, &attributes, arguments, pairs)
        }
    }

    private func read(_ descriptor: Int32, _ isOver: () -> Bool) throws(Failure) -> SecretBox {
        var bytes: SecretBytes
        do { bytes = try SecretBytes(zeroedCount: Self.maximumSizeInBytes) } catch {
            throw .secretMemory(error.description)
        }
        var count = 0
        while count < bytes.count {
            guard !isOver() else { throw .late }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, 50) > 0 else { continue }
            let piece = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if piece == 0 {
                bytes.truncate(to: count)
                return SecretBox(bytes)
            }
            guard piece > 0 || errno == EINTR else { throw .ended(Self.reason(errno)) }
            count += max(0, piece)
        }
        throw .tooLong
    }

    private func wait(
        for process: pid_t, _ isOver: () -> Bool, _ hasEnded: inout Bool
    ) throws(Failure) {
        var status: Int32 = 0
        while true {
            let result = waitpid(process, &status, WNOHANG)
            // Where the host ignores its children's ends nobody learns how they ended.
            if result < 0, errno != EINTR {
                hasEnded = true
                return
            }
            if result == process { break }
            guard !isOver() else { throw .late }
            usleep(2000)
        }
        hasEnded = true
        let signal = status & 0x7f
        guard signal == 0 else { throw .ended("signal \(signal)") }
        guard status >> 8 & 0xff == 0 else { throw .ended("status \(status >> 8 & 0xff)") }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}
