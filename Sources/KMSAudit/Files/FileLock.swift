import Glibc

/// An exclusive lock on an open file, between processes and between open descriptions of one process (flock(2)).
enum FileLock {
    /// Waits for the lock. Closing the descriptor drops it too.
    static func take(_ descriptor: Int32, _ path: String) throws(AuditFailure) {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .errno(path, "locked") }
        }
    }

    static func drop(_ descriptor: Int32) { _ = flock(descriptor, LOCK_UN) }
}

extension AuditFailure {
    /// `PATH cannot be opened: no such file or directory`.
    static func errno(_ path: String, _ verb: String, _ number: Int32 = Glibc.errno) -> AuditFailure {
        AuditFailure("\(path.printable) cannot be \(verb): \(String(cString: strerror(number)).lowercased())")
    }
}
