import CZlib
import Glibc

/// A file's bytes as a gzip member.
enum GzipMember {
    /// Appends `source`, from its beginning, to `destination` as a gzip member. Both stay open.
    ///
    /// Source: RFC 1952, section 2.2: members simply follow one another, and a reader joins their content.
    static func append(_ source: Int32, to destination: Int32) throws(Failure) {
        let own = fcntl(destination, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw Failure(errno) }
        guard let stream = gzdopen(own, "wb") else {
            close(own)
            throw Failure(ENOMEM)
        }
        do throws(Failure) {
            try FileBytes.read(source) { bytes throws(Failure) in
                let count = gzwrite(stream, bytes.baseAddress, UInt32(bytes.count))
                guard count == bytes.count else { throw Failure(errno == 0 ? EIO : errno) }
            }
        } catch {
            gzclose(stream)
            throw error
        }
        guard gzclose(stream) == Z_OK else { throw Failure(errno == 0 ? EIO : errno) }
    }

    /// A number of errno.
    struct Failure: Error {
        let number: Int32
        init(_ number: Int32) { self.number = number }
    }
}

/// Whole files, piece by piece.
enum FileBytes {
    /// Runs `body` with each piece of the file, from its beginning.
    static func read(
        _ descriptor: Int32, _ body: (UnsafeRawBufferPointer) throws(GzipMember.Failure) -> Void
    ) throws(GzipMember.Failure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw GzipMember.Failure(errno) }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += off_t(count)
        }
    }

    /// Writes all bytes at the descriptor's position.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(GzipMember.Failure) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw GzipMember.Failure(count == 0 ? EIO : errno) }
            done += count
        }
    }
}
