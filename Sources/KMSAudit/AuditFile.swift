import Glibc
public import KeyManagement
import SecretMemory

/// A file of audit lines, mode 0600 when it is made here, each line appended by one `write`.
///
/// The kernel keeps such writes of several processes apart. Before each line the file is looked at: when it was moved
/// or deleted, as log rotation does, a new one is begun at its path. A folder is never made.
public final class AuditFile: AuditSink {
    /// The file's absolute path.
    public let path: String
    private let owner: FileOwner?
    private let state = Lock(State())

    private struct State: Sendable {
        var descriptor: Int32 = -1
        var device: dev_t = 0
        var inode: ino_t = 0
        /// The last line ends too early: the next one begins on a line of its own.
        var isTorn = false
    }

    /// Names the file; it is opened at the first line.
    ///
    /// - Parameters:
    ///   - path: a relative path means the working folder of this moment.
    ///   - owner: who the file belongs to when root makes it.
    /// - Throws: ``AuditFailure`` for a path that is none.
    public init(path: String, owner: FileOwner? = nil) throws(AuditFailure) {
        guard let absolute = AbsolutePath.of(path) else {
            throw AuditFailure("\"\(path.printable)\" is no path of an audit log; check KMS_LOG_FILE_NAME")
        }
        self.path = absolute
        self.owner = owner
    }

    deinit {
        state.withLock { state in if state.descriptor >= 0 { close(state.descriptor) } }
    }

    /// Appends the line and a newline.
    ///
    /// - Throws: ``AuditFailure`` when the file cannot be opened or written, or is no regular file.
    public func write(_ line: AuditLine) throws(AuditFailure) {
        let text = Array((line.text + "\n").utf8)
        try state.withLock { state throws(AuditFailure) in
            try openIfNeeded(&state)
            try append(state.isTorn ? [UInt8(ascii: "\n")] + text : text, &state)
        }
    }

    private func openIfNeeded(_ state: inout State) throws(AuditFailure) {
        var found = stat()
        if state.descriptor >= 0 {
            if lstat(path, &found) == 0, found.st_dev == state.device, found.st_ino == state.inode { return }
            close(state.descriptor)
            state = State()
        }
        // Non-blocking: opening a FIFO would wait for its reader.
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        var descriptor = open(path, flags | O_CREAT | O_EXCL, 0o600)
        // Who makes the file gives it its owner; who finds one does not: somebody else may have put a link there.
        let isNew = descriptor >= 0
        if !isNew, errno == EEXIST { descriptor = open(path, flags) }
        guard descriptor >= 0 else { throw failure("opened") }
        guard fstat(descriptor, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw AuditFailure("\(path.printable) is not a regular file; name another in KMS_LOG_FILE_NAME")
        }
        if let owner, isNew, geteuid() == 0, found.st_uid != owner.user || found.st_gid != owner.group {
            guard fchown(descriptor, owner.user, owner.group) == 0 else {
                let failure = failure("given to user \(owner.user)")
                close(descriptor)
                throw failure
            }
        }
        state = State(descriptor: descriptor, device: found.st_dev, inode: found.st_ino)
    }

    private func append(_ bytes: [UInt8], _ state: inout State) throws(AuditFailure) {
        let descriptor = state.descriptor
        var done = 0
        while done < bytes.count {
            let count = bytes.withBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure("written")
                state.isTorn = state.isTorn || done > 0
                throw failure
            }
            done += count
        }
        state.isTorn = false
    }

    private func failure(_ verb: String) -> AuditFailure {
        AuditFailure("\(path.printable) cannot be \(verb): \(String(cString: strerror(errno)).lowercased())")
    }
}
