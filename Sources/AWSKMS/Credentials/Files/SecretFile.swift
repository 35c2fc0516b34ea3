import Glibc
import SecretMemory

/// A file that can hold secrets, read straight into secret memory.
enum SecretFile {
    private static let maximumSizeInBytes = 262_144

    /// All of the file; nil when it does not exist, or is the one that never has anything.
    ///
    /// - Parameter use: what it is to hold, for the error's sentence.
    /// - Throws: ``AWSCredentialsError`` when it exists and cannot be read, is no file or is too large.
    static func content(of path: String, as use: String) throws(AWSCredentialsError) -> SecretBytes? {
        guard path != "/dev/null" else { return nil }
        func unreadable(_ reason: String) -> AWSCredentialsError {
            AWSCredentialsError("\(path) cannot be read: \(reason); check the file that holds \(use)")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(String(cString: strerror(errno)).lowercased())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw unreadable("no file") }
        guard status.st_size <= Self.maximumSizeInBytes else {
            throw unreadable("it has \(status.st_size) bytes, and \(Self.maximumSizeInBytes) are the most")
        }
        var bytes: SecretBytes
        do { bytes = try SecretBytes(zeroedCount: Int(status.st_size)) } catch {
            throw AWSCredentialsError(error.description)
        }
        var count = 0
        while count < bytes.count {
            let piece = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count, off_t(count))
            }
            guard piece >= 0 else { throw unreadable(String(cString: strerror(errno)).lowercased()) }
            guard piece > 0 else { break }
            count += piece
        }
        bytes.truncate(to: count)
        return bytes
    }
}
