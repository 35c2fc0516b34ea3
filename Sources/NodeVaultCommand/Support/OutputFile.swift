import Glibc

/// A file that the command writes: 0600, whole or not at all, and never over another one unless forced.
struct OutputFile {
    let path: String
    let isForced: Bool

    /// Refuses an existing file before any work is done for it.
    func check() throws {
        if !isForced, access(path, F_OK) == 0 { throw exists }
    }

    func write(_ bytes: RawSpan) throws {
        let temporary = "\(path).writing-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(temporary) }
        do {
            defer { close(descriptor) }
            try FileDescriptor.writeAll(bytes, to: descriptor, path)
            guard fsync(descriptor) == 0 else { throw failure(path) }
        } catch {
            unlink(temporary)
            throw error
        }
        // A link fails where the name is taken; a rename would replace the file.
        let isPlaced = isForced ? rename(temporary, path) == 0 : link(temporary, path) == 0
        let reason = errno
        unlink(temporary)
        guard isPlaced else {
            errno = reason
            throw reason == EEXIST ? exists : failure(path)
        }
    }

    private var exists: CommandError {
        CommandError(
            code: "output-exists", operation: "write", message: "\(path) exists; nothing was written",
            hint: "choose another file, or give --force", exitStatus: .outputExists)
    }

    private func failure(_ path: String) -> CommandError {
        let isDenied = errno == EACCES || errno == EPERM || errno == EROFS
        return CommandError(
            code: isDenied ? "file-access" : "input-output", operation: "write",
            message: "\(path) cannot be written: \(String(cString: strerror(errno)))", hint: "check the folder",
            exitStatus: isDenied ? .accessDenied : .inputOutput)
    }
}
