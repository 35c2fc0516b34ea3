import CLinux
import Glibc

/// Who may read a vault's files.
public enum FilePermissions: String, Sendable {
    /// The owner alone (0600).
    case owner
    /// The owner and the group (0660), for containers whose platform makes files group-readable.
    case group
}

/// A vault's file as the file system sees it.
package struct VaultFile: Sendable {
    package let path: String
    package let permissions: FilePermissions

    package init(path: String, permissions: FilePermissions = .owner) {
        self.path = path
        self.permissions = permissions
    }

    var mode: mode_t { permissions == .owner ? 0o600 : 0o660 }

    /// The file that processes lock to show that they have the vault open.
    var lockPath: String { path + ".lock" }

    /// The user that the files belong to.
    package struct Owner: Sendable, Equatable {
        package let user: UInt32
        package let group: UInt32
    }

    /// Refuses a file that is missing, is no regular file, lies on a network file system, belongs to somebody else, or can
    /// be read by others than ``permissions`` allows.
    @discardableResult
    package func check() throws(StorageError) -> Owner {
        var found = stat()
        // A symbolic link would have a lock file of its own, and two names of one vault would not see each other.
        guard lstat(path, &found) == 0 else {
            guard errno != ENOENT else {
                throw StorageError(.fileMissing, "there is no vault at \(path); make one with nodevault init")
            }
            throw StorageError(.accessDenied, "\(path) cannot be reached: \(String(cString: strerror(errno)))")
        }
        guard found.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.notAVault, "\(path) is not a regular file; name the vault's file")
        }
        try Self.refuseNetworkFileSystem(at: path)
        let caller = geteuid()
        guard caller == 0 || found.st_uid == caller else {
            throw StorageError(
                .accessDenied,
                "\(path) belongs to user \(found.st_uid), and this process runs as \(caller); run it as "
                    + "the owner")
        }
        let forbidden: mode_t = permissions == .owner ? 0o077 : 0o007
        guard found.st_mode & forbidden == 0 else {
            throw StorageError(
                .accessDenied,
                "\(path) can be used by others (mode \(String(found.st_mode & 0o777, radix: 8))); run chmod "
                    + "\(permissions == .owner ? "600" : "660") on it, or set storage.permissions")
        }
        return Owner(user: found.st_uid, group: found.st_gid)
    }

    /// Whom a file belongs to; nil where there is none.
    package static func owner(of path: String) -> Owner? {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        return Owner(user: found.st_uid, group: found.st_gid)
    }

    /// SQLite's locks and shared memory do not work over a network.
    static func refuseNetworkFileSystem(at path: String) throws(StorageError) {
        guard let name = networkFileSystem(magic: nodevault_file_system_magic(path)) else { return }
        throw StorageError(
            .networkFileSystem,
            "\(path) lies on a network file system (\(name)), where locks cannot be trusted; keep "
                + "the vault on a local disk")
    }

    /// The name of a network file system by its magic number; nil for a local one. Source: statfs(2) and `linux/magic.h`.
    package static func networkFileSystem(magic: Int) -> String? {
        [
            0x6969: "NFS", 0x517b: "SMB", 0xff53_4d42: "CIFS", 0xfe53_4d42: "SMB2", 0x7375_7245: "Coda",
            0x5346_414f: "AFS", 0x6b41_4653: "AFS", 0x564c: "NCP", 0x00c3_6400: "Ceph", 0x0102_1997: "9P",
            0x0bd0_0bd0: "Lustre", 0x4750_4653: "GPFS", 0x7461_636f: "OCFS2", 0x0116_1970: "GFS2",
        ][magic]
    }

    /// Refuses when a file is there, or what SQLite would take for the rest of it, or when its folder takes none.
    package func checkAbsent() throws(StorageError) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            var found = stat()
            guard lstat(path + suffix, &found) != 0 else {
                let whose = suffix.isEmpty ? "" : ", which is left of another vault"
                throw StorageError(
                    .fileExists, "\(path)\(suffix) exists\(whose); nothing was changed, choose another file")
            }
        }
        guard access(Self.folder(of: path), W_OK | X_OK) == 0 else { throw Self.creationFailure(path) }
    }

    /// Makes an empty file of the right mode, which must not exist.
    package func createEmpty(owner: Owner? = nil) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw Self.creationFailure(path) }
        defer { close(descriptor) }
        // The process's umask may have taken the group's bits.
        fchmod(descriptor, mode)
        if let owner, geteuid() == 0 { fchown(descriptor, owner.user, owner.group) }
    }

    /// Gives the finished file its final name, unless that is taken.
    func rename(to final: String) throws(StorageError) {
        try synchronize(path)
        guard nodevault_rename_exclusively(path, final) == 0 else { throw Self.creationFailure(final) }
        try synchronize(Self.folder(of: final))
    }

    /// The file's size in bytes, 0 where it cannot be told.
    package var size: Int64 {
        var found = stat()
        return stat(path, &found) == 0 ? Int64(found.st_size) : 0
    }

    /// Refuses where the disk has less room left than a job needs.
    package func checkRoom(for neededBytes: Int64) throws(StorageError) {
        var found = statvfs()
        // A file system that does not tell is full when a write says so.
        guard statvfs(path, &found) == 0, found.f_blocks > 0 else { return }
        let free = Int64(clamping: found.f_bavail) * Int64(clamping: found.f_frsize)
        guard free >= neededBytes else {
            throw StorageError(
                .diskFull,
                "the job needs \(neededBytes >> 20 + 1) MiB of room beside \(path), and \(free >> 20) MiB are left; "
                    + "nothing was changed, free some space")
        }
    }

    /// Removes the file and what SQLite keeps beside it.
    func remove() {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    private static func creationFailure(_ path: String) -> StorageError {
        switch errno {
        case EEXIST: StorageError(.fileExists, "\(path) exists; nothing was changed, choose another file")
        case ENOSPC, EDQUOT: StorageError(.diskFull, "no space is left for \(path)")
        case ENOENT: StorageError(.fileMissing, "the folder of \(path) does not exist; make it first")
        case EACCES, EPERM, EROFS:
            StorageError(.accessDenied, "\(path) cannot be made: \(String(cString: strerror(errno)))")
        default: StorageError(.inputOutput, "\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    private func synchronize(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StorageError(.inputOutput, "\(path) cannot be made durable: \(String(cString: strerror(errno)))")
        }
    }

    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
