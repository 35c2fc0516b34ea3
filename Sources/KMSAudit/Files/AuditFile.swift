import Glibc
public import KeyManagement
public import Logging
import SecretMemory

/// A file of audit lines, mode 0600 when it is made here, each line appended by one `write`.
///
/// Several processes may write one file, and roll it: each line is written under a lock on the file. Before each line
/// the file is looked at: when it was moved or deleted, as log rotation does, a new one is begun at its path. A folder
/// is never made.
public final class AuditFile: AuditSink {
    /// The file's absolute path.
    public let path: String
    private let owner: FileOwner?
    private let options: Options
    private let warnings: Logger?
    private let clock: @Sendable () -> AuditInstant
    private let folder: LogFolder?
    private let rolling: RollingWork?
    private let state = Lock(State())

    private struct State: ~Copyable {
        var log: OpenLog?
        /// `append = false` has emptied the file, or found none.
        var isBegun = false
        /// The period whose file could not be rolled: said once.
        var unrolled: RollingPeriod?
        var buffer: [UInt8] = []
        var isFlushDue = false
    }

    /// Names the file; it is opened at the first line.
    ///
    /// - Parameters:
    ///   - path: a relative path means the working folder of this moment.
    ///   - owner: who the file belongs to when root makes it.
    ///   - options: layout, rolling, buffering.
    ///   - warnings: the program's own log, told what an operator should know of the file.
    /// - Throws: ``AuditFailure`` for a path that is none.
    public convenience init(
        path: String, owner: FileOwner? = nil, options: Options = Options(), warnings: Logger? = nil
    ) throws(AuditFailure) {
        try self.init(path: path, owner: owner, options: options, warnings: warnings, clock: { .now })
    }

    init(
        path: String, owner: FileOwner? = nil, options: Options, warnings: Logger? = nil,
        clock: @escaping @Sendable () -> AuditInstant
    ) throws(AuditFailure) {
        guard let absolute = AbsolutePath.of(path), !absolute.hasSuffix("/") else {
            throw AuditFailure("\"\(path.printable)\" is no path of an audit log; check KMS_LOG_FILE_NAME")
        }
        self.path = absolute
        self.owner = owner
        self.options = options
        self.warnings = warnings
        self.clock = clock
        folder = options.rolling.map { LogFolder(logPath: absolute, pattern: $0.pattern, history: $0.history) }
        rolling = folder.map { RollingWork($0, warnings: warnings) }
        if !options.flushesImmediately { BufferedFiles.add(self) }
    }

    deinit { state.withLock { state in try? flush(&state) } }

    /// Appends the line and a newline.
    ///
    /// - Throws: ``AuditFailure`` when the file cannot be opened or written, or is no regular file.
    public func write(_ line: AuditLine) throws(AuditFailure) {
        let bytes = line.bytes(options.format)
        try state.withLock { state throws(AuditFailure) in
            if options.flushesImmediately { return try append(bytes, &state) }
            // A file that cannot be had is told at the first line already.
            if state.log == nil { try open(&state) }
            // A line that finds the buffer full of lines that cannot be written is not taken.
            if state.buffer.count >= Options.bufferSize { try flush(&state) }
            state.buffer += bytes
            if state.buffer.count >= Options.bufferSize { try flush(&state) } else { flushLater(&state) }
        }
    }

    /// Waits until the disk has the lines, where the options ask for it.
    public func commit() throws(AuditFailure) {
        guard options.syncs else { return }
        try state.withLock { state throws(AuditFailure) in try state.log?.sync() }
    }

    /// Writes what is buffered, and waits a little for rolled files to be compressed: the next process does what is
    /// left.
    public func close() throws(AuditFailure) { try close(waitingAtMost: 2) }

    func close(waitingAtMost seconds: Int) throws(AuditFailure) {
        try flush()
        rolling?.wait(atMost: seconds)
    }

    /// Writes what is buffered.
    func flush() throws(AuditFailure) {
        try state.withLock { state throws(AuditFailure) in try flush(&state) }
    }

    private func flush(_ state: inout State) throws(AuditFailure) {
        guard !state.buffer.isEmpty else { return }
        try append(state.buffer, &state)
        state.buffer.removeAll(keepingCapacity: true)
    }

    private func flushLater(_ state: inout State) {
        guard !state.isFlushDue else { return }
        state.isFlushDue = OwnThread.start { [weak self] in
            sleep(1)
            self?.state.withLock { state in state.isFlushDue = false }
            // What fails here stays in the buffer, and the next line is told.
            try? self?.flush()
        }
    }

    private func append(_ bytes: [UInt8], _ state: inout State) throws(AuditFailure) {
        // Whoever moves the file again and again must not keep a call for ever.
        for _ in 0..<100 {
            if state.log == nil { try open(&state) }
            if try appendOnce(bytes, &state) { return }
            state.log = nil
        }
        throw AuditFailure("\(path.printable) is moved away again and again; let one program rotate it")
    }

    private func open(_ state: inout State) throws(AuditFailure) {
        state.log = try OpenLog(path: path, owner: owner)
        guard !state.isBegun else { return }
        if !options.appends, options.rolling == nil { try state.log?.truncate() }
        state.isBegun = true
        rolling?.start()
    }

    /// False when the open file is not, or no longer, the one at the path.
    private func appendOnce(_ bytes: [UInt8], _ state: inout State) throws(AuditFailure) -> Bool {
        guard let descriptor = state.log?.descriptor else { return false }
        try FileLock.take(descriptor, path)
        defer { FileLock.drop(descriptor) }
        guard case .same(let size, let written)? = state.log?.place() else { return false }
        if state.log?.wasTruncated(to: size) == true {
            warnings?.warning(
                """
                \(path.printable) was cut in place (copytruncate): lines written meanwhile may be lost; \
                rotate by renaming it
                """)
        }
        if size > 0, try roll(written, &state) { return false }
        try state.log?.append(bytes, at: size)
        return true
    }

    /// Sets the file aside when its last line belongs to an earlier period. A clock that was put back rolls nothing.
    private func roll(_ written: AuditInstant, _ state: inout State) throws(AuditFailure) -> Bool {
        guard let folder else { return false }
        let now = clock()
        if !folder.pattern.canDivide(written, now) { return false }
        let period = RollingPeriod(written, folder.pattern)
        guard period < RollingPeriod(now, folder.pattern), period != state.unrolled else { return false }
        if options.syncs { try state.log?.sync() }
        do throws(AuditFailure) { try folder.setAside(period) } catch {
            // The lines still have a place.
            state.unrolled = period
            warnings?.warning("the audit log is not rolled: \(error)")
            return false
        }
        rolling?.start()
        return true
    }
}
