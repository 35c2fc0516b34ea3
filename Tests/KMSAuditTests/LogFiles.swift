import Foundation
import KMSConformance
import SecretMemory
import Testing

@testable import KMSAudit

/// A folder with an audit log, and the clock that it is written by.
struct LogFiles: Sendable {
    let folder: TemporaryFolder
    private let time = Lock(AuditInstant(seconds: 0, milliseconds: 0))
    var path: String { folder.file("kms.log") }

    init() throws { folder = try TemporaryFolder() }

    static func line(_ marker: String, padding: Int = 0) -> AuditLine {
        AuditLine(
            instant: .now, thread: "main", node: AuditFixture.node, traceID: .random(), requestID: "0123456789abcdef",
            event: .sending(.createKeyRequest, uri: "local:\(marker)" + String(repeating: "/x", count: padding)))
    }

    /// A log whose clock the test sets.
    func rolling(
        _ pattern: String = "yyyy-MM-dd", history: Int = 0, syncs: Bool = false
    ) throws -> AuditFile {
        let time = time
        return try AuditFile(
            path: path,
            options: .init(rolling: .init(pattern: try RollingPattern(pattern), history: history), syncs: syncs),
            clock: { time.withLock { $0 } })
    }

    /// Writes a line at a local time, which becomes the file's as well.
    func write(_ marker: String, at moment: String, to file: AuditFile) throws {
        let instant = try Self.instant(moment)
        time.withLock { $0 = instant }
        try file.write(Self.line(marker))
        try touch("kms.log", moment)
    }

    /// Makes a file look last written at a local time.
    func touch(_ name: String, _ moment: String) throws {
        let date = Date(timeIntervalSince1970: TimeInterval(try Self.instant(moment).seconds))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder.file(name))
    }

    /// `2026-03-01 23:59:59` in the local time zone.
    static func instant(_ moment: String) throws -> AuditInstant {
        let numbers = moment.split { !$0.isNumber }.compactMap { Int($0) }
        try #require(numbers.count == 6)
        let components = DateComponents(
            year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4],
            second: numbers[5])
        let date = try #require(Calendar(identifier: .gregorian).date(from: components))
        return AuditInstant(seconds: Int(date.timeIntervalSince1970), milliseconds: 0)
    }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() } }

    /// Waits until rolled files are compressed.
    func settle() async throws {
        for _ in 0..<600 where try names.contains(where: { $0.contains(".rolled") }) {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// What the lines of a file were marked with; a `.gz` is opened by gzip itself.
    func markers(_ name: String = "kms.log") throws -> [String] {
        let bytes = name.hasSuffix(".gz") ? try Self.gunzip(folder.file(name)) : Data(try folder.read(name))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.isEmpty || text.last == "\n")
        return text.split(separator: "\n").compactMap { line in
            #expect(CantonLine.match(String(line)) != nil, "\(line)")
            return line.firstMatch(of: #/ to local:([^\/\s]+)/#).map { String($0.output.1) }
        }
    }

    private static func gunzip(_ path: String) throws -> Data {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/gzip")
        process.arguments = ["-dc", path]
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }
}
