import Glibc

/// Files that are no secret: messages and signatures.
enum InputFile {
    /// The whole file, or as much as tells that it has more than `limit` bytes; standard input where none is named.
    static func read(_ path: String?, limit: Int = .max) throws -> [UInt8] {
        guard let path else { return try read(STDIN_FILENO, "standard input", limit) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let isMissing = errno == ENOENT
            throw CommandError(
                code: isMissing ? "input-missing" : "file-access", operation: "read",
                message: "\(path) cannot be read: \(String(cString: strerror(errno)))",
                hint: "check the path and its permissions", exitStatus: isMissing ? .inputMissing : .accessDenied)
        }
        defer { close(descriptor) }
        return try read(descriptor, path, limit)
    }

    private static func read(_ descriptor: Int32, _ name: String, _ limit: Int) throws -> [UInt8] {
        var content = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandError(
                    code: "input-output", operation: "read",
                    message: "\(name) cannot be read: \(String(cString: strerror(errno)))", hint: nil,
                    exitStatus: .inputOutput)
            }
            guard count > 0 else { return content }
            content.append(contentsOf: chunk[..<count])
            if content.count > limit { return content }
        }
    }
}
