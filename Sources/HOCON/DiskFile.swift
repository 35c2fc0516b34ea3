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
    public static func read(_ path: String, limit: Int) throws -> [UInt8]? {
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
                let received = Self.read(descriptor, buffer)
                guard received >= 0 else { throw currentFailure() }
                count = received
            }
            if block.isEmpty { break }
            bytes += block
        }
        return bytes
    }

    private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        while true {
            #if canImport(Darwin)
                let received = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let received = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let received = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if received >= 0 || errno != EINTR { return received }
        }
    }

    private static func currentFailure() -> Failure {
        Failure(description: String(cString: strerror(errno)))
    }
}
