import Glibc
public import SecretMemory

/// A file that holds a secret, read straight into secret memory.
public struct SecretFile: Sendable {
    /// The file's path.
    public let path: String

    /// The largest file that is read, in bytes.
    public static let maximumSizeInBytes = 64 << 10

    /// Names a file.
    public init(path: String) { self.path = path }

    /// The whole file.
    ///
    /// - Throws: ``VaultError`` `input-missing`, `file-access`, or `too-large` above 64 KiB.
    public func read() throws(VaultError) -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw VaultError(
                errno == ENOENT ? .inputMissing : VaultError.Code(rawValue: "file-access"), operation: "read",
                message: "\(path) cannot be read: \(reason)", hint: "check the path and its permissions")
        }
        defer { close(descriptor) }
        return try Self.read(descriptor: descriptor, name: path)
    }

    /// The first line, without its line end: how passphrases are kept in files.
    ///
    /// - Throws: ``VaultError`` as ``read()``, and `invalid-argument` when the line is empty.
    public func readLine() throws(VaultError) -> SecretBytes { try Self.firstLine(of: read(), name: path) }

    /// Whatever an open descriptor still gives.
    public static func read(descriptor: Int32, name: String) throws(VaultError) -> SecretBytes {
        var content = try mapped("read") { SecretHandover(try SecretBytes(zeroedCount: maximumSizeInBytes + 1)) }.take()
        var filled = 0
        let failure: Int32? = content.withUnsafeMutableBytes { buffer in
            while filled < buffer.count {
                let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return errno }
                guard count > 0 else { return nil }
                filled += count
            }
            return nil
        }
        if let failure {
            throw VaultError(
                VaultError.Code(rawValue: "input-output"), operation: "read",
                message: "\(name) cannot be read: \(String(cString: strerror(failure)))")
        }
        guard filled <= maximumSizeInBytes else {
            throw VaultError(
                VaultError.Code(rawValue: "too-large"), operation: "read",
                message: "\(name) has more than \(maximumSizeInBytes) bytes", hint: "name the right file")
        }
        content.truncate(to: filled)
        return content
    }

    /// One line from a terminal, which hands over a line at a time.
    public static func readTerminalLine(descriptor: Int32) throws(VaultError) -> SecretBytes {
        var content = try mapped("read") { SecretHandover(try SecretBytes(zeroedCount: 4096)) }.take()
        let count = content.withUnsafeMutableBytes { buffer in Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        }
        content.truncate(to: max(count, 0))
        return try firstLine(of: content, name: "the terminal")
    }

    /// The first line of what was read, without its line end.
    public static func firstLine(of content: consuming SecretBytes, name: String) throws(VaultError) -> SecretBytes {
        var line = content
        let length = line.withExposedBytes { span in
            span.withUnsafeBytes { bytes in
                let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                return end > 0 && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
            }
        }
        guard length > 0 else {
            throw VaultError(
                .invalidArgument, operation: "read", message: "\(name) holds no passphrase in its first line",
                hint: "write the passphrase there")
        }
        line.truncate(to: length)
        return line
    }
}

extension VaultError.Code {
    /// An input file that does not exist.
    public static let inputMissing = VaultError.Code(rawValue: "input-missing")
}
