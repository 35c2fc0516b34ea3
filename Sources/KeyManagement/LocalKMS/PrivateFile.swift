import CLinux
import Glibc

/// A file of mode 0600 that is replaced as a whole, by one process at a time.
struct PrivateFile: Sendable {
    let path: String
    private let givenOwner: FileOwner?

    /// Takes a path, which stays the same file when the process changes its working folder later.
    init(path: String, owner: FileOwner?) throws(LocalFailure) {
        guard let absolute = AbsolutePath.of(path) else {
            throw .validation("\"\(path)\" is no path of a key file; check kms.key-file")
        }
        self.path = absolute
        givenOwner = owner
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Who the file must belong to: root works for the given owner, everybody else for themselves.
    private var ownerNumber: uid_t {
        let caller = geteuid()
        return caller == 0 ? givenOwner?.user ?? caller : caller
    }

    /// Opens the file for reading; nil when there is none.
    func snapshot() throws(LocalFailure) -> FileSnapshot? {
        // Non-blocking: opening a FIFO would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .file(path, cannot: "opened")
        }
        let found = try FileSnapshot(adopting: descriptor, path: path)
        try found.checkIsPrivate(owner: ownerNumber)
        return found
    }

    /// Puts `bytes` in the file's place: after a crash at any moment the file is the old or the new one, whole.
    ///
    /// To be called under ``withExclusiveLock(_:)``, since the temporary file's name is fixed: a later call removes
    /// what a crash left.
    func replace(with bytes: UnsafeRawBufferPointer) throws(LocalFailure) -> FileSnapshot {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file(temporary, cannot: "created") }
        do throws(LocalFailure) {
            try giveAway(descriptor, temporary)
            try write(bytes, to: descriptor, temporary)
            guard fsync(descriptor) == 0 else { throw .file(temporary, cannot: "written to the disk") }
            guard rename(temporary, path) == 0 else { throw .file(path, cannot: "replaced") }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        let written = try FileSnapshot(adopting: descriptor, path: path)
        try syncFolder()
        return written
    }

    /// Runs `body` while no other process or thread that asks here changes the file. Waits at most ten seconds.
    ///
    /// - Throws: `.busy` after that time.
    func withExclusiveLock<R>(_ body: () throws(LocalFailure) -> R) throws(LocalFailure) -> R {
        let lockPath = path + ".lock"
        var isNew: Int32 = 0
        let descriptor = nodevault_open_or_create(lockPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600, &isNew)
        guard descriptor >= 0 else { throw .file(lockPath, cannot: "opened") }
        // Closing drops the lock: it belongs to this open file description.
        defer { close(descriptor) }
        if isNew == 1 { try giveAway(descriptor, lockPath) }
        let pauseInMicroseconds: UInt32 = 2_000
        for _ in 0..<5_000 {
            if nodevault_lock_byte(descriptor, Int16(F_WRLCK), 0) == 0 { return try body() }
            guard errno == EAGAIN || errno == EACCES || errno == EINTR else { throw .file(lockPath, cannot: "locked") }
            usleep(pauseInMicroseconds)
        }
        throw LocalFailure(
            .busy, "another process has held \(lockPath) for ten seconds; run again when it has finished")
    }

    private func giveAway(_ descriptor: Int32, _ path: String) throws(LocalFailure) {
        guard let givenOwner, geteuid() == 0 else { return }
        guard fchown(descriptor, givenOwner.user, givenOwner.group) == 0 else {
            throw .file(path, cannot: "given to user \(givenOwner.user)")
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(LocalFailure) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .file(path, cannot: "written") }
            done += count
        }
    }

    /// Makes the rename last through a power failure.
    private func syncFolder() throws(LocalFailure) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(folder, cannot: "opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(folder, cannot: "written to the disk") }
    }
}
