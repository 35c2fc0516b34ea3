import Glibc
import SecretMemory

/// The files that keep lines back, so that the end of the process loses none of them.
enum BufferedFiles {
    private struct Entry: Sendable { weak let file: AuditFile? }

    private static let all: Lock<[Entry]> = {
        atexit { BufferedFiles.flushAll() }
        return Lock([])
    }()

    static func add(_ file: AuditFile) {
        all.withLock { all in
            all.removeAll { $0.file == nil }
            all.append(Entry(file: file))
        }
    }

    private static func flushAll() {
        let files = all.withLock { $0.compactMap(\.file) }
        let isDone = SignalledLock(false)
        // A file system that hangs must not keep the process from ending.
        let isStarted = OwnThread.start {
            for file in files { try? file.flush() }
            isDone.withLock { $0 = true }
            isDone.signal()
        }
        if isStarted { isDone.sleep(until: .now + .seconds(2), unless: { $0 }) }
    }
}
