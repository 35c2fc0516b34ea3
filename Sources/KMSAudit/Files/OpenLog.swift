import CLinux
import Glibc
import KeyManagement
import SecretMemory

/// The log file while it is open, and what this process knows of it.
struct OpenLog: ~Copyable {
    let path: String
    let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t
    /// Where the last line of this process ended.
    private var end: off_t = 0
    /// A line of this process was cut short.
    private var isTorn = false

    /// What the folder has at the log's path.
    enum Place {
        /// The open file, of this many bytes, last written at this time.
        case same(size: off_t, written: AuditInstant)
        /// Nothing, or another file: the open one was moved or deleted.
        case other
    }

    /// Opens the file, or makes one of mode 0600.
    ///
    /// - Parameter owner: whom the file belongs to when root makes it.
    init(path: String, owner: FileOwner?) throws(AuditFailure) {
        var isNew: Int32 = 0
        // Non-blocking: opening a FIFO would wait for its other end.
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = nodevault_open_or_create(path, flags, 0o600, &isNew)
        guard descriptor >= 0 else { throw .errno(path, "opened") }
        var found = stat()
        guard fstat(descriptor, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw AuditFailure("\(path.printable) is not a regular file; name another in KMS_LOG_FILE_NAME")
        }
        // Who finds a file does not give it away: somebody else may have put a link there.
        if let owner, isNew == 1, geteuid() == 0, fchown(descriptor, owner.user, owner.group) != 0 {
            let failure = AuditFailure.errno(path, "given to user \(owner.user)")
            close(descriptor)
            throw failure
        }
        self.path = path
        self.descriptor = descriptor
        device = found.st_dev
        inode = found.st_ino
    }

    deinit { close(descriptor) }

    func place() -> Place {
        var found = stat()
        guard lstat(path, &found) == 0, found.st_dev == device, found.st_ino == inode else { return .other }
        return .same(size: found.st_size, written: AuditInstant(written: found))
    }

    /// Whether the file has fewer bytes than this process saw in it.
    func wasTruncated(to size: off_t) -> Bool { size < end }

    /// Appends by one `write`, on a line of its own: whoever wrote last may have been cut short.
    ///
    /// - Parameter size: the file's size, under its lock.
    mutating func append(_ bytes: [UInt8], at size: off_t) throws(AuditFailure) {
        if size != end || isTorn, size > 0 {
            var last: UInt8 = 0
            isTorn = pread(descriptor, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
        }
        let bytes = isTorn ? [UInt8(ascii: "\n")] + bytes : bytes
        try write(bytes)
        isTorn = false
        end = size + off_t(bytes.count)
    }

    private mutating func write(_ bytes: [UInt8]) throws(AuditFailure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let failure = AuditFailure.errno(path, "written")
                isTorn = true
                throw failure
            }
            done += count
        }
    }

    /// Empties the file.
    mutating func truncate() throws(AuditFailure) {
        guard ftruncate(descriptor, 0) == 0 else { throw .errno(path, "emptied") }
        end = 0
    }

    /// Waits until the disk has what was written.
    func sync() throws(AuditFailure) {
        guard fdatasync(descriptor) == 0 else { throw .errno(path, "written to the disk") }
    }
}
