import Foundation
import KMSConformance
import Testing

@testable import KMSAudit

@Suite struct RollingTests {
    private let files: LogFiles

    init() throws { files = try LogFiles() }

    @Test func `at midnight the lines go into a compressed file of their date, its owner's alone`() throws {
        let file = try files.rolling()
        try files.write("first", at: "2026-03-01 00:00:00", to: file)
        try files.write("second", at: "2026-03-01 23:59:59", to: file)
        try files.write("third", at: "2026-03-02 00:00:00", to: file)
        try file.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
        #expect(try files.markers("kms.log.2026-03-01.gz") == ["first", "second"])
        #expect(try files.markers() == ["third"])
        for name in try files.names {
            let mode = try FileManager.default.attributesOfItem(atPath: files.folder.file(name))[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test func `a file that another process left is rolled by its own date, also days later`() throws {
        try files.write("first", at: "2026-03-01 10:00:00", to: try files.rolling())
        let file = try files.rolling()
        try files.write("second", at: "2026-03-09 10:00:00", to: file)
        try file.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
    }

    @Test func `an empty file is not rolled, and without rolling none is`() throws {
        try files.folder.write([], to: "kms.log")
        try files.touch("kms.log", "2026-03-01 10:00:00")
        let rolling = try files.rolling()
        try files.write("first", at: "2026-03-02 10:00:00", to: rolling)
        try rolling.close(waitingAtMost: 60)
        let flat = try AuditFile(path: files.path)
        try files.write("second", at: "2026-03-03 10:00:00", to: flat)
        try flat.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log"])
        #expect(try files.markers() == ["first", "second"])
    }

    @Test func `a clock that is put back rolls nothing, and the second midnight adds to the first one's file`() throws {
        let file = try files.rolling()
        try files.write("first", at: "2026-03-01 23:50:00", to: file)
        try files.write("second", at: "2026-03-02 00:10:00", to: file)
        try files.write("third", at: "2026-03-01 23:55:00", to: file)
        #expect(try files.markers() == ["second", "third"])
        try files.write("fourth", at: "2026-03-02 00:00:01", to: file)
        try file.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
        #expect(try files.markers("kms.log.2026-03-01.gz") == ["first", "second", "third"])
        #expect(try files.markers() == ["fourth"])
    }

    @Test func `a clock that jumped far ahead and is put right loses no line`() throws {
        let file = try files.rolling()
        try files.write("first", at: "2026-03-01 10:00:00", to: file)
        try files.write("second", at: "2031-01-01 10:00:00", to: file)
        try files.write("third", at: "2026-03-01 11:00:00", to: file)
        try files.write("fourth", at: "2026-03-02 11:00:00", to: file)
        try file.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
        #expect(try files.markers("kms.log.2026-03-01.gz") == ["first", "second", "third"])
        #expect(try files.markers() == ["fourth"])
    }

    @Test(arguments: [(0, 5), (2, 2), (9, 5)])
    func `as many rolled files are kept as the history says, and other files are left alone`(
        _ history: Int, _ kept: Int
    ) throws {
        let others = ["kms.log.2020-01-01.gz.bak", "kms.log.notes.gz", "other.log.2020-01-01.gz", "kms.log.2020-01.gz"]
        for name in others { try files.folder.write([1], to: name) }
        try FileManager.default.createDirectory(
            atPath: files.folder.file("kms.log.2020-01-02.gz"), withIntermediateDirectories: false)
        let file = try files.rolling(history: history)
        for day in 1...6 { try files.write("\(day)", at: "2026-03-0\(day) 10:00:00", to: file) }
        try file.close(waitingAtMost: 60)
        let rolled = (6 - kept...5).map { "kms.log.2026-03-0\($0).gz" }
        #expect(try files.names == (others + rolled + ["kms.log", "kms.log.2020-01-02.gz"]).sorted())
        for (name, day) in zip(rolled, 6 - kept...5) { #expect(try files.markers(name) == ["\(day)"]) }
    }

    @Test func `a folder in which nothing can be renamed still gets its lines, and one warning a period`() async throws
    {
        let path = files.path
        try files.write("first", at: "2026-03-01 10:00:00", to: try files.rolling())
        await #expect(processExitsWith: .success) { [path = path as String] in
            let folder = (path as NSString).deletingLastPathComponent
            if geteuid() == 0 {
                try #require(chown(path, 65534, 65534) == 0)
                try #require(chmod(folder, 0o555) == 0)
                try #require(seteuid(65534) == 0)
            } else {
                try #require(chmod(folder, 0o500) == 0)
            }
            let (logger, records) = RecordingLog.make()
            let file = try AuditFile(
                path: path, options: .init(rolling: .init()), warnings: logger,
                clock: { AuditInstant(seconds: 4_000_000_000, milliseconds: 0) })
            try file.write(LogFiles.line("second"))
            let time = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)]
            try FileManager.default.setAttributes(time, ofItemAtPath: path)
            for _ in 0..<3 {
                try file.write(LogFiles.line("third"))
                try FileManager.default.setAttributes(time, ofItemAtPath: path)
            }
            try file.close(waitingAtMost: 60)
            let warnings = records.all.map(\.message).filter { $0.contains("is not rolled") }
            #expect(warnings.count == 2)
            #expect(warnings.allSatisfy { $0.contains("permission denied") })
        }
        #expect(chmod(files.folder.path, 0o700) == 0)
        #expect(try files.markers() == ["first", "second", "third", "third", "third"])
    }
}
