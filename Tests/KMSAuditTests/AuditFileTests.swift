import Foundation
import KMSConformance
import KeyManagement
import Testing

@testable import KMSAudit

@Suite struct AuditFileTests {
    private let folder: TemporaryFolder
    private let file: AuditFile
    private var path: String { folder.file("kms.log") }

    init() throws {
        folder = try TemporaryFolder()
        file = try AuditFile(path: folder.file("kms.log"))
    }

    private static func line(_ marker: String = "", padding: Int = 0) -> AuditLine {
        AuditLine(
            instant: .now, thread: "main", node: AuditFixture.node, traceID: .random(), requestID: "0123456789abcdef",
            event: .sending(.createKeyRequest, uri: "local:\(marker)" + String(repeating: "x", count: padding)))
    }

    private func lines(_ name: String = "kms.log") throws -> [Substring] {
        let text = String(decoding: try folder.read(name), as: UTF8.self)
        #expect(text.last == "\n")
        return text.split(separator: "\n")
    }

    @Test func `lines are appended to a file that its owner alone can read`() throws {
        #expect(!FileManager.default.fileExists(atPath: path))
        for marker in ["first", "second"] { try file.write(Self.line(marker)) }
        try AuditFile(path: path).write(Self.line("third"))
        #expect(try lines().map { $0.suffix(5) } == ["first", "econd", "third"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func `a moved file gets no more lines, and a new one begins at its path`() throws {
        try file.write(Self.line("first"))
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try file.write(Self.line("second"))
        #expect(try lines("kms.log.1").map { $0.suffix(5) } == ["first"])
        #expect(try lines().map { $0.suffix(5) } == ["econd"])
        // Another file at the path, as a rotation that makes the new one itself leaves it.
        try folder.write([], to: "kms.log", mode: 0o640)
        try file.write(Self.line("third"))
        #expect(try lines().map { $0.suffix(5) } == ["third"])
    }

    @Test func `a deleted file is begun again, and a truncated one goes on from its start`() throws {
        try file.write(Self.line("first"))
        try FileManager.default.removeItem(atPath: path)
        try file.write(Self.line("second"))
        #expect(try lines().map { $0.suffix(5) } == ["econd"])
        #expect(truncate(path, 0) == 0)
        try file.write(Self.line("third"))
        #expect(try lines().map { $0.suffix(5) } == ["third"])
    }

    @Test func `a missing folder, a symbolic link, a FIFO and a device are refused`() throws {
        let elsewhere = folder.file("elsewhere")
        #expect(throws: AuditFailure.self) { try AuditFile(path: folder.file("none/kms.log")).write(Self.line()) }
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: elsewhere)
        #expect(throws: AuditFailure.self) { try file.write(Self.line()) }
        #expect(!FileManager.default.fileExists(atPath: elsewhere))
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: AuditFailure.self) { try file.write(Self.line()) }
        #expect(throws: AuditFailure.self) { try AuditFile(path: "/dev/null").write(Self.line()) }
        #expect(throws: AuditFailure.self) { try AuditFile(path: "") }
        // Once the obstacle is gone, the same object writes.
        try FileManager.default.removeItem(atPath: path)
        try file.write(Self.line("first"))
        #expect(try lines().count == 1)
    }

    @Test func `a file that root makes belongs to the given owner`() throws {
        let owner = geteuid() == 0 ? FileOwner(user: 4711, group: 4712) : FileOwner(user: geteuid(), group: getegid())
        try AuditFile(path: path, owner: owner).write(Self.line())
        let found = try FileManager.default.attributesOfItem(atPath: path)
        #expect(found[.ownerAccountID] as? Int == Int(owner.user))
        #expect(found[.groupOwnerAccountID] as? Int == Int(owner.group))
    }

    @Test func `lines of many threads never interleave`() async throws {
        let (writers, each) = (8, 200)
        let second = try AuditFile(path: path)
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for number in 0..<each {
                        try? (writer.isMultiple(of: 2) ? file : second).write(
                            Self.line("\(writer)-\(number)/", padding: 1 + number * 7))
                    }
                }
            }
        }
        let lines = try lines()
        #expect(lines.count == writers * each)
        for line in lines { #expect(CantonLine.match(String(line)) != nil) }
        let markers = lines.compactMap { $0.firstMatch(of: #/local:(\d+-\d+)//#)?.output.1 }
        #expect(Set(markers).count == writers * each)
    }

    @Test func `lines of several processes never interleave`() async throws {
        let path = path
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String] in
                        let file = try AuditFile(path: path)
                        for number in 0..<300 { try file.write(Self.line(padding: 1 + number * 7)) }
                    }
                }
            }
        }
        let lines = try lines()
        #expect(lines.count == 900)
        for line in lines { #expect(CantonLine.match(String(line)) != nil) }
    }

    /// The limit on file sizes makes the kernel write a part of a line, then refuse, as a full disk does.
    @Test func `a line cut short by a full disk is an error, and the next one begins anew`() async throws {
        let path = path
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            let file = try AuditFile(path: path)
            try file.write(Self.line("first"))
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64
            let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            try #require(getrlimit(fileSize, &limit) == 0)
            limit.rlim_cur = rlim_t(try #require(size) + 20)
            try #require(setrlimit(fileSize, &limit) == 0)
            #expect(throws: AuditFailure.self) { try file.write(Self.line("second")) }
            #expect(throws: AuditFailure.self) { try file.write(Self.line("third")) }
            limit.rlim_cur = limit.rlim_max
            try #require(setrlimit(fileSize, &limit) == 0)
            try file.write(Self.line("fourth"))
            try file.write(Self.line("fifth"))
        }
        let lines = try lines()
        try #require(lines.count == 4)
        #expect(lines[1].utf8.count == 20)
        for index in [0, 2, 3] { #expect(CantonLine.match(String(lines[index])) != nil) }
    }

    @Test func `a call whose log file cannot be made gets auditUnavailable, and the KMS no call`() async throws {
        let fixture = try await AuditFixture()
        let kms = CountingKMS(fixture.local)
        let audited = fixture.audited(kms, try AuditFile(path: folder.file("none/kms.log")))
        let error = await #expect(throws: KMSError.self) { try await audited.describeKey(fixture.key) }
        #expect(error?.code == .auditUnavailable)
        #expect(error?.message.contains("no such file or directory") == true)
        #expect(kms.callCount == 0)
    }
}
