import CLinux
import Glibc
import SecretMemory

/// Shows that the owner of the vault's job lives, and keeps a second one out.
///
/// An exclusive open-file-description lock on the second byte of `FILE.lock`, whose first is the ``PresenceLock``. The kernel
/// drops it when the process ends, however it ends.
package final class JobLock: Sendable {
    private let descriptor: Lock<Int32?>

    /// Takes the lock or fails at once.
    ///
    /// - Throws: ``StorageError`` `.busy` while another job is at work on the vault.
    package init(_ file: VaultFile) throws(StorageError) {
        // An open vault has made the file.
        let descriptor = open(file.lockPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw StorageError(
                .accessDenied, "\(file.lockPath) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard nodevault_lock_byte(descriptor, Int16(F_WRLCK), 1) == 0 else {
            close(descriptor)
            throw StorageError(
                .busy, "another process is at work on a job of this vault; run the command again when it has ended")
        }
        self.descriptor = Lock(descriptor)
    }

    deinit { release() }

    /// Drops the lock before this value goes away.
    package func release() {
        if let descriptor = descriptor.withLock({ $0.take() }) { close(descriptor) }
    }
}
