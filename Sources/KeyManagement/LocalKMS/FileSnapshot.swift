import Glibc
import SecretMemory

/// One version of a file, held open.
///
/// While it is held, the kernel cannot give the file's inode number to a later version: two versions with equal device
/// and inode are the same file, and times and size tell whether it was written in place.
final class FileSnapshot: Sendable {
    private let descriptor: Int32
    let path: String
    private let stamp: Stamp
    let sizeInBytes: Int

    /// Takes the descriptor over.
    init(adopting descriptor: Int32, path: String) throws(LocalFailure) {
        self.descriptor = descriptor
        self.path = path
        var found = stat()
        guard fstat(descriptor, &found) == 0 else {
            // A class that throws from its initializer before it is whole runs no deinit.
            let failure = LocalFailure.file(path, cannot: "read")
            close(descriptor)
            throw failure
        }
        stamp = Stamp(found)
        sizeInBytes = Int(found.st_size)
    }

    deinit { close(descriptor) }

    /// Whether `path` still names this version, unwritten since.
    var isCurrent: Bool {
        var found = stat()
        return stat(path, &found) == 0 && Stamp(found) == stamp
    }

    /// Refuses what is no regular file, belongs to another user than `owner`, or can be used by others.
    func checkIsPrivate(owner: uid_t) throws(LocalFailure) {
        guard stamp.mode & S_IFMT == S_IFREG else {
            throw LocalFailure(.damagedFile, "\(path) is not a regular file; name the key file itself")
        }
        guard stamp.owner == owner else {
            throw LocalFailure(
                .fileAccess,
                "\(path) belongs to user \(stamp.owner), and user \(owner) is asked for; run as its owner, or change the "
                    + "owner")
        }
        guard stamp.mode & 0o077 == 0 else {
            let mode = String(stamp.mode & 0o777, radix: 8)
            throw LocalFailure(
                .fileAccess, "\(path) can be used by others (mode \(mode)); run: chmod 600 \(path)")
        }
    }

    /// Reads the whole file, which holds no clear secret.
    func readBytes() throws(LocalFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: sizeInBytes)
        try bytes.withMutableBytes { buffer throws(LocalFailure) in try fill(buffer) }
        return bytes
    }

    /// Reads the whole file straight into secret memory.
    func readSecret() throws(LocalFailure) -> SecretBytes {
        var secret = try LocalFailure.zeroedSecret(count: sizeInBytes)
        try secret.withUnsafeMutableBytes { buffer throws(LocalFailure) in try fill(buffer) }
        return secret
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(LocalFailure) {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .file(path, cannot: "read") }
            guard count > 0 else { throw LocalFailure(.damagedFile, "\(path) became shorter while it was read") }
            done += count
        }
    }

    private struct Stamp: Equatable {
        let device: dev_t
        let inode: ino_t
        let size: off_t
        let mode: mode_t
        let owner: uid_t
        let written: [Int]
        let changed: [Int]

        init(_ found: stat) {
            device = found.st_dev
            inode = found.st_ino
            size = found.st_size
            mode = found.st_mode
            owner = found.st_uid
            written = [found.st_mtim.tv_sec, found.st_mtim.tv_nsec]
            changed = [found.st_ctim.tv_sec, found.st_ctim.tv_nsec]
        }
    }
}
