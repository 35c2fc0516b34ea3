import Foundation
import KMSConformance
import SecretMemory
import Testing

@testable import KeyManagement

@Suite struct LocalKMSSharingTests {
    @Test func `a key that another process makes is found at the next call`() async throws {
        let fixture = try LocalKMSFixture()
        let kms = try fixture.open()
        let path = fixture.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let kms = try LocalKMS.open(at: path, protection: .machineKey(nil))
            try kms.createAlias(WrapperKeyID("alias/theirs"), for: try await kms.makeKey())
        }
        #expect(try await kms.describeKey(WrapperKeyID("alias/theirs")).state == .enabled)
    }

    @Test func `a key that another instance disables and enables is so at the next call`() async throws {
        let fixture = try LocalKMSFixture()
        let (ours, theirs) = (try fixture.open(), try fixture.open())
        let key = try await ours.makeKey()
        for _ in 0..<50 {
            try theirs.disableKey(key)
            await #expect(throws: KMSError(.disabled, operation: .generateDataKey, message: "")) {
                _ = try await ours.generateDataKey(under: key, context: .sample)
            }
            try theirs.enableKey(key)
            _ = try await ours.generateDataKey(under: key, context: .sample)
        }
    }

    @Test func `changes of many instances at once are all kept`() async throws {
        let fixture = try LocalKMSFixture()
        _ = try fixture.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                let kms = try fixture.open()
                group.addTask { for _ in 0..<8 { _ = try await kms.makeKey() } }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.open().currentKeyring().keys.count == 32)
    }

    @Test func `of those who make the file at once only the first makes it`() async throws {
        let fixture = try LocalKMSFixture()
        let errors = await Self.atOnce(4, lockedOut: fixture.path) { _ in
            try fixture.open().update { keyring, now throws(LocalFailure) in
                let key = try LocalKey(CreateKeyRequest(description: ""), now: now)
                keyring.keys[key.id] = key
            }
        }
        #expect(errors.isEmpty)
        #expect(try await fixture.open().currentKeyring().keys.count == 4)
    }

    @Test func `of those who make a shared machine key at once only the first makes it`() async throws {
        let folder = try TemporaryFolder()
        let machineKey = folder.file("shared")
        let errors = await Self.atOnce(4, lockedOut: machineKey) { number in
            _ = try LocalKMS.open(
                at: folder.file("kms\(number)"), protection: .machineKey(machineKey), createIfMissing: true)
        }
        #expect(errors.isEmpty)
        for number in 0..<4 {
            _ = try LocalKMS.open(at: folder.file("kms\(number)"), protection: .machineKey(machineKey))
        }
    }

    /// Runs `body` on threads that find no file at `path`, and lets them go on only when all wait for its lock.
    private static func atOnce(
        _ count: Int, lockedOut path: String, _ body: @escaping @Sendable (Int) throws -> Void
    ) async -> [any Error] {
        await withCheckedContinuation { continuation in
            Thread {
                let errors = Lock<[any Error]>([])
                let group = DispatchGroup()
                @Sendable func keep(_ work: () throws -> Void) {
                    do { try work() } catch { errors.withLock { $0.append(error) } }
                }
                keep {
                    try PrivateFile(path: path, owner: nil).withExclusiveLock { () throws(LocalFailure) in
                        for number in 0..<count {
                            group.enter()
                            Thread {
                                keep { try body(number) }
                                group.leave()
                            }.start()
                        }
                        usleep(300_000)
                    }
                }
                group.wait()
                continuation.resume(returning: errors.withLock { $0 })
            }.start()
        }
    }

    @Test func `a file removed, opened up or damaged while in use is refused until it is mended`() async throws {
        let fixture = try LocalKMSFixture()
        let kms = try fixture.open()
        let key = try await kms.makeKey()
        let whole = try fixture.folder.read("kms")

        try FileManager.default.removeItem(atPath: fixture.path)
        await #expect(throws: KMSError(.missingFile, operation: .describeKey, message: "")) {
            try await kms.describeKey(key)
        }
        try fixture.folder.write(whole, to: "kms", mode: 0o644)
        await #expect(throws: KMSError(.fileAccess, operation: .describeKey, message: "")) {
            try await kms.describeKey(key)
        }
        try fixture.folder.write(whole.dropLast(), to: "kms")
        await #expect(throws: KMSError(.damagedFile, operation: .describeKey, message: "")) {
            try await kms.describeKey(key)
        }
        try fixture.folder.write(whole, to: "kms")
        #expect(try await kms.describeKey(key).state == .enabled)
    }

    @Test func `a file that was sealed by another passphrase while it is in use must be opened again`() async throws {
        let fixture = try LocalKMSFixture(.passphrase)
        let kms = try fixture.open()
        let key = try await kms.makeKey()
        try FileManager.default.removeItem(atPath: fixture.path)
        _ = try fixture.open(passphrase: "another")
        let error = await #expect(throws: KMSError.self) { try await kms.describeKey(key) }
        #expect(error?.code == .wrongPassphrase)
        #expect(error?.message.contains("open it again") == true)
    }

    @Test func `a held lock makes a change wait, and the change goes through when it is dropped`() async throws {
        let fixture = try LocalKMSFixture()
        let kms = try fixture.open()
        let lock = try PrivateFile(path: fixture.path, owner: nil)
        let held = DispatchSemaphore(value: 0)
        let thread = Thread {
            try? lock.withExclusiveLock { () throws(LocalFailure) in
                held.signal()
                usleep(100_000)
            }
        }
        thread.start()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                held.wait()
                continuation.resume()
            }
        }
        let started = ContinuousClock.now
        _ = try await kms.makeKey()
        #expect(ContinuousClock.now - started > .milliseconds(50))
    }

    /// A thread of the child kills it as soon as the temporary file has content: before the rename, or right after it.
    @Test func `a process killed while it writes leaves a whole file, and the next one writes again`() async throws {
        let fixture = try LocalKMSFixture()
        let first = try await fixture.open().makeKey()
        let path = fixture.path
        var leftovers = 0
        for _ in 0..<6 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                Thread {
                    var found = stat()
                    while stat(path + ".new", &found) != 0 || found.st_size == 0 {}
                    kill(getpid(), SIGKILL)
                }.start()
                let kms = try LocalKMS.open(at: path, protection: .machineKey(nil))
                while true { _ = try await kms.makeKey() }
            }
            if FileManager.default.fileExists(atPath: path + ".new") { leftovers += 1 }
            let kms = try fixture.open()
            #expect(try await kms.describeKey(first).state == .enabled)
            _ = try await kms.makeKey()
            #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        }
        #expect(leftovers > 0)
    }

    @Test func `a half-written temporary file that a crash left is ignored and replaced`() async throws {
        let fixture = try LocalKMSFixture()
        let key = try await fixture.open().makeKey()
        let whole = try fixture.folder.read("kms")
        try fixture.folder.write(Array(whole.prefix(150)), to: "kms.new", mode: 0o644)
        let kms = try fixture.open()
        #expect(try await kms.describeKey(key).state == .enabled)
        _ = try await kms.makeKey()
        #expect(try fixture.open().path == fixture.path)
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.file("kms.new")))
    }
}
