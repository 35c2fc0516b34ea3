import Foundation
import Glibc
import SecretMemory

/// A server in Python as a child process. It ends when its standard input does: with this object, or with the tests.
final class ChildServer: @unchecked Sendable {
    // Unchecked: the pipes are used under the lock.
    private let process = Process()
    private let input = Pipe()
    private let output: UnsafeMutablePointer<FILE>
    private let turn = Lock(())
    /// The line that it printed when it was ready.
    let ready: [String: Any]

    init(_ script: String, _ arguments: [String] = []) throws {
        let pipe = Pipe()
        guard let output = fdopen(dup(pipe.fileHandleForReading.fileDescriptor), "r") else { throw POSIXError(.EIO) }
        self.output = output
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [Self.python, Self.path(script)] + arguments
        process.standardInput = input
        process.standardOutput = pipe
        // Their access logs and tracebacks are nobody's concern.
        process.standardError = FileHandle.nullDevice
        try process.run()
        ready = try Self.readObject(output)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        fclose(output)
    }

    /// Sends one line of JSON and reads one.
    @discardableResult
    func ask(_ order: [String: Any]) throws -> [String: Any] {
        try turn.withLock { _ in
            try input.fileHandleForWriting.write(
                contentsOf: JSONSerialization.data(withJSONObject: order) + Data("\n".utf8))
            return try Self.readObject(output)
        }
    }

    /// A member of the first line that is a text.
    func text(_ name: String) -> String { ready[name] as? String ?? "" }

    private static func readObject(_ output: UnsafeMutablePointer<FILE>) throws -> [String: Any] {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        let count = getline(&line, &capacity, output)
        defer { free(line) }
        guard let line, count > 0 else { throw POSIXError(.EPIPE) }
        return try JSONSerialization.jsonObject(with: Data(bytes: line, count: count)) as? [String: Any] ?? [:]
    }

    /// Runs a script on `request` to its end, and answers what it wrote. It waits on no thread of Swift's own: others
    /// test how long things take.
    static func run(_ script: String, on request: Any) async throws -> Any {
        let order = try JSONSerialization.data(withJSONObject: request)
        let answer: Data = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try output(of: script, on: order) }) }
        }
        return try JSONSerialization.jsonObject(with: answer)
    }

    private static func output(of script: String, on order: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, path(script)]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: order)
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return answer
    }

    private static var python: String { ProcessInfo.processInfo.environment["NODEVAULT_TEST_PYTHON"] ?? "python3" }

    private static func path(_ script: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Servers/\(script)").path
    }
}
