import CLinux
import Glibc
import SecretMemory

/// Shows other processes that this one has the vault open, and keeps them out where that must be.
///
/// An open-file-description lock on the first byte of `FILE.lock`: shared by all who have the vault open, exclusive for
/// who changes its schema. The kernel drops it when the process ends, however it ends.
final class PresenceLock: Sendable {
    enum Mode: Int16 { case shared, exclusive }

    private let descriptor: Lock<Int32?>

    /// Takes the lock or fails at once.
    init(_ file: VaultFile, _ mode: Mode, owner: VaultFile.Owner) throws(StorageError) {
        var isNew: Int32 = 0
        let descriptor = nodevault_open_or_create(file.lockPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW, file.mode, &isNew)
        guard descriptor >= 0 else {
            throw StorageError(
                .accessDenied, "\(file.lockPath) cannot be opened: \(String(cString: strerror(errno)))")
        }
        if isNew == 1 {
            // The process's umask may have taken the group's bits.
            fchmod(descriptor, file.mode)
            if geteuid() == 0 { fchown(descriptor, owner.user, owner.group) }
        }
        let type = mode == .shared ? F_RDLCK : F_WRLCK
        guard nodevault_lock_byte(descriptor, Int16(type), 0) == 0 else {
            close(descriptor)
            throw StorageError(
                .busy,
                mode == .shared
                    ? "another process is changing the vault's schema; run the command again"
                    : "another process has the vault open; stop it, then run the command again")
        }
        self.descriptor = Lock(descriptor)
    }

    deinit { release() }

    /// Drops the lock before this value goes away.
    func release() {
        if let descriptor = descriptor.withLock({ $0.take() }) { close(descriptor) }
    }
}
