import Foundation
import KMSConformance
import SecretMemory
import Testing

@testable import KMSAudit

@Suite struct RollingCrashTests {
    private let files: LogFiles
    private static let id = "0123456789abcdef"

    init() throws { files = try LogFiles() }

    /// What a crash leaves after each step of rolling; `+` is a whole compressed copy of the waiting lines.
    enum Step: CaseIterable {
        case setAside, partlyCompressed, compressed, waitingRemoved
    }

    @Test(arguments: Step.allCases, [false, true])
    func `a crash after any step of rolling loses no line and doubles none`(_ step: Step, _ hasEarlier: Bool) throws {
        let day = "2026-03-01 10:00:00"
        let file = try files.rolling()
        if hasEarlier {
            try files.write("earlier", at: day, to: file)
            try files.write("later", at: "2026-03-02 10:00:00", to: file)
            try file.close(waitingAtMost: 60)
            try FileManager.default.removeItem(atPath: files.path)
        }
        try files.write("first", at: day, to: file)
        // Compressed as the program itself does it, in a folder of its own; then put back to what the crash left.
        let whole = try compressed(hasEarlier)
        let waiting = "kms.log.2026-03-01.\(Self.id).rolled"
        try FileManager.default.moveItem(atPath: files.path, toPath: files.folder.file(waiting))
        switch step {
        case .setAside: break
        case .partlyCompressed: try files.folder.write(Array(whole.dropLast(9)), to: waiting + ".gz.part")
        case .compressed: try files.folder.write(whole, to: waiting + ".gz")
        case .waitingRemoved:
            try files.folder.write(whole, to: waiting + ".gz")
            try FileManager.default.removeItem(atPath: files.folder.file(waiting))
        }
        // Whoever opens the log next finishes; and once more, for nothing.
        for marker in ["second", "third"] {
            let next = try files.rolling()
            try files.write(marker, at: "2026-03-01 11:00:00", to: next)
            try next.close(waitingAtMost: 60)
        }
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
        #expect(try files.markers("kms.log.2026-03-01.gz") == (hasEarlier ? ["earlier", "first"] : ["first"]))
        #expect(try files.markers() == ["second", "third"])
    }

    private func compressed(_ hasEarlier: Bool) throws -> [UInt8] {
        let other = try TemporaryFolder()
        try other.write(try files.folder.read("kms.log"), to: "kms.log.2026-03-01.\(Self.id).rolled")
        if hasEarlier {
            try other.write(try files.folder.read("kms.log.2026-03-01.gz"), to: "kms.log.2026-03-01.gz")
        }
        try LogFolder(logPath: other.file("kms.log"), pattern: .daily, history: 0).finish()
        return try other.read("kms.log.2026-03-01.gz")
    }

    @Test func `waiting files of one date are joined in the order they were written`() throws {
        for (number, marker) in ["first", "second", "third"].enumerated() {
            let file = try files.rolling()
            try files.write(marker, at: "2026-03-01 1\(number):00:00", to: file)
            // The names sort the other way round.
            let name = "kms.log.2026-03-01.\(String(repeating: "\(9 - number)", count: 16)).rolled"
            try FileManager.default.moveItem(atPath: files.path, toPath: files.folder.file(name))
        }
        let file = try files.rolling()
        try files.write("fourth", at: "2026-03-01 14:00:00", to: file)
        try file.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
        #expect(try files.markers("kms.log.2026-03-01.gz") == ["first", "second", "third"])
    }

    @Test func `a rolled file that cannot be compressed is kept, and taken up once it can be`() throws {
        // A folder in the way of the compressed file.
        let obstacle = files.folder.file("kms.log.2026-03-01.gz")
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let (logger, records) = RecordingLog.make()
        let file = try files.rolling()
        try files.write("first", at: "2026-03-01 10:00:00", to: file)
        let moment = try LogFiles.instant("2026-03-02 10:00:00")
        let next = try AuditFile(
            path: files.path, options: .init(rolling: .init()), warnings: logger, clock: { moment })
        try next.write(LogFiles.line("second"))
        try next.close(waitingAtMost: 60)
        #expect(records.all.contains { $0.message.contains("is not compressed yet") })
        #expect(try files.names.contains { $0.hasSuffix(".rolled") })
        try FileManager.default.removeItem(atPath: obstacle)
        try files.touch("kms.log", "2026-03-02 10:00:00")
        let last = try files.rolling()
        try files.write("third", at: "2026-03-02 11:00:00", to: last)
        try last.close(waitingAtMost: 60)
        #expect(try files.names == ["kms.log", "kms.log.2026-03-01.gz"])
        #expect(try files.markers("kms.log.2026-03-01.gz") == ["first"])
    }

    /// Rolled each second, by all of them; two are killed while they write.
    @Test func `several processes roll one file, some die, and no line is lost or doubled`() async throws {
        let path = files.path
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String, writer = writer as Int] in
                        try await RollingCrashTests.write("w\(writer)", to: path, for: .seconds(3))
                    }
                }
                group.addTask {
                    await #expect(processExitsWith: .signal(SIGKILL)) {
                        [path = path as String, writer = writer as Int] in
                        let life = 1_000_000 + useconds_t.random(in: 0..<1_500_000)
                        DispatchQueue.global().async {
                            usleep(life)
                            kill(getpid(), SIGKILL)
                        }
                        try await RollingCrashTests.write("k\(writer)", to: path, for: .seconds(30))
                    }
                }
            }
        }
        let file = try AuditFile(path: path, options: .init(rolling: .init(pattern: try RollingPattern(Self.pattern))))
        try file.write(LogFiles.line("last-0"))
        try file.close(waitingAtMost: 60)
        let names = try files.names
        #expect(names.count >= 3)
        #expect(names.allSatisfy { $0 == "kms.log" || $0.hasSuffix(".gz") })
        var numbers: [String: [Int]] = [:]
        for name in names.filter({ $0 != "kms.log" }) + ["kms.log"] {
            for marker in try files.markers(name) {
                let parts = marker.split(separator: "-")
                numbers[String(parts[0]), default: []].append(Int(parts[1]) ?? -1)
            }
        }
        #expect(Set(numbers.keys).isSuperset(of: ["w0", "w1", "last"]))
        // In order and without a gap, each once; of the killed ones up to where they came.
        for (writer, found) in numbers { #expect(found == Array(0..<found.count), "\(writer)") }
    }

    private static let pattern = "yyyy-MM-dd-HH-mm-ss"

    private static func write(_ writer: String, to path: String, for time: Duration) async throws {
        let file = try AuditFile(path: path, options: .init(rolling: .init(pattern: try RollingPattern(pattern))))
        let end = ContinuousClock.now + time
        var number = 0
        while ContinuousClock.now < end {
            try file.write(LogFiles.line("\(writer)-\(number)"))
            number += 1
            usleep(500)
        }
        try file.close(waitingAtMost: 60)
    }
}
