import Foundation
import KMSConformance
import Logging
import Testing

@testable import KMSAudit

@Suite struct AuditFileOptionsTests {
    private let files: LogFiles

    init() throws { files = try LogFiles() }

    @Test func `a file cut in place goes on, and the program's log names copytruncate`() throws {
        let (logger, records) = RecordingLog.make()
        let file = try AuditFile(path: files.path, warnings: logger)
        try file.write(LogFiles.line("first"))
        try file.write(LogFiles.line("second"))
        #expect(records.all.isEmpty)
        #expect(truncate(files.path, 0) == 0)
        try file.write(LogFiles.line("third"))
        try file.write(LogFiles.line("fourth"))
        #expect(try files.markers() == ["third", "fourth"])
        #expect(records.all.map(\.level) == [.warning])
        #expect(records.all.first?.message.contains("copytruncate") == true)
    }

    @Test func `a line after one that another program left unfinished begins anew`() throws {
        let file = try AuditFile(path: files.path)
        try file.write(LogFiles.line("first"))
        let handle = try #require(FileHandle(forWritingAtPath: files.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("half a line".utf8))
        try file.write(LogFiles.line("second"))
        try file.write(LogFiles.line("third"))
        let lines = String(decoding: try files.folder.read("kms.log"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1] == "half a line")
    }

    @Test func `append = false empties a flat file once, and a rolled one never`() throws {
        try AuditFile(path: files.path).write(LogFiles.line("old"))
        let file = try AuditFile(path: files.path, options: .init(appends: false))
        #expect(try files.markers() == ["old"])
        try file.write(LogFiles.line("first"))
        try file.write(LogFiles.line("second"))
        #expect(try files.markers() == ["first", "second"])
        try AuditFile(path: files.path, options: .init(rolling: .init(), appends: false)).write(LogFiles.line("third"))
        #expect(try files.markers() == ["first", "second", "third"])
    }

    @Test func `without immediate flush lines wait for 8 KiB, or a second, or the end`() async throws {
        let file = try AuditFile(path: files.path, options: .init(flushesImmediately: false))
        for number in 0..<10 { try file.write(LogFiles.line("a\(number)")) }
        #expect(try files.markers().isEmpty)
        for number in 0..<40 { try file.write(LogFiles.line("b\(number)")) }
        let flushed = try files.markers().count
        #expect((30..<50).contains(flushed))
        for _ in 0..<100 where try files.markers().count < 50 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try files.markers().count == 50)
        try file.write(LogFiles.line("c"))
        #expect(try files.markers().count == 50)
        try file.close()
        #expect(try files.markers().count == 51)
    }

    @Test func `a process that ends writes what it kept back`() async throws {
        let path = files.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let file = try AuditFile(path: path, options: .init(flushesImmediately: false))
            try file.write(LogFiles.line("first"))
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(size == 0)
            withExtendedLifetime(file) { exit(0) }
        }
        #expect(try files.markers() == ["first"])
    }

    @Test func `without immediate flush a file that cannot be had is told at the first line`() throws {
        let file = try AuditFile(
            path: files.folder.file("none/kms.log"), options: .init(flushesImmediately: false))
        #expect(throws: AuditFailure.self) { try file.write(LogFiles.line("first")) }
    }

    /// A limit on file sizes stands for a full disk.
    @Test func `without immediate flush lines that cannot be written keep the next one out`() async throws {
        let path = files.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            try #require(getrlimit(fileSize, &limit) == 0)
            limit.rlim_cur = 0
            try #require(setrlimit(fileSize, &limit) == 0)
            let file = try AuditFile(path: path, options: .init(flushesImmediately: false))
            var taken = 0
            #expect(throws: AuditFailure.self) {
                while taken < 1000 {
                    try file.write(LogFiles.line("\(taken)"))
                    taken += 1
                }
            }
            #expect(throws: AuditFailure.self) { try file.write(LogFiles.line("refused")) }
            #expect(throws: AuditFailure.self) { try file.close() }
            limit.rlim_cur = limit.rlim_max
            try #require(setrlimit(fileSize, &limit) == 0)
            try file.close()
        }
        let markers = try files.markers()
        #expect(markers.count > 20)
        // The line that found out was taken into the buffer and reported: it may be there or not.
        #expect(!markers.contains("refused"))
    }

    @Test func `lines are JSON objects where the options say so`() throws {
        try AuditFile(path: files.path, options: .init(format: .json)).write(LogFiles.line("first"))
        let object = try JSONSerialization.jsonObject(with: Data(try files.folder.read("kms.log"))) as? [String: Any]
        #expect(object?["event"] as? String == "sending")
    }
}
