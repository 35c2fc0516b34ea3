#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files on disk.
public enum DiskFile {
    /// Why a file that exists could not be read.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads a file: its bytes, or nil when it does not exist. Stops after `limit` bytes and one more.
    ///
    /// - Throws: an error that describes itself when the file exists and cannot be read.
    public static func contents(_ path: String, limit: Int) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw currentFailure()
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw currentFailure() }
        if status.st_mode & S_IFMT == S_IFDIR { throw Failure(description: "it is a directory") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(Int(status.st_size), limit) + 1)
        let blockSize = 64 << 10
        while bytes.count <= limit {
            let wanted = min(blockSize, limit + 1 - bytes.count)
            let block = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                var received = read(descriptor, buffer.baseAddress, wanted)
                while received < 0, errno == EINTR { received = read(descriptor, buffer.baseAddress, wanted) }
                guard received >= 0 else { throw currentFailure() }
                count = received
            }
            if block.isEmpty { break }
            bytes += block
        }
        return bytes
    }

    private static func currentFailure() -> Failure {
        Failure(description: String(cString: strerror(errno)))
    }
}
