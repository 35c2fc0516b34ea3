import Dispatch
import EnvelopeCrypto
import Foundation
import Glibc
import KMSConformance
import SecretMemory
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct CreationTests {
    @Test func `a new vault verifies, and nothing lies beside it`() throws {
        let fixture = try StorageFixture()
        #expect(try Self.names(in: fixture.folder) == ["vault"])
        let database = try fixture.open()
        #expect(try fixture.check(database).isPassed)
        let vault = try database.read { db in try VaultReader(db, authenticator: fixture.authenticator).vault() }
        #expect(vault.id == fixture.vault.id && vault.epoch == 1 && vault.counts == [1, 0, 0, 0])
        let mode: String? = try fixture.independent().value("PRAGMA journal_mode")
        #expect(mode == "wal")
    }

    @Test func `what is there is not replaced, whatever it is`() throws {
        let folder = try TemporaryFolder()
        try folder.write([1, 2, 3], to: "file")
        #expect(symlink("/nowhere", folder.file("link")) == 0)
        #expect(mkdir(folder.file("folder"), 0o700) == 0)
        for name in ["file", "link", "folder"] {
            #expect(Self.creationFailure(at: folder.file(name))?.code == .fileExists, "\(name)")
        }
        #expect(try folder.read("file") == [1, 2, 3])
        #expect(try Self.names(in: folder) == ["file", "folder", "link"])
    }

    @Test func `a vault is not made in a folder that is missing or is none`() throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "file")
        #expect(Self.creationFailure(at: folder.file("none/vault"))?.code == .fileMissing)
        #expect(Self.creationFailure(at: folder.file("file/vault")) != nil)
        #expect(try Self.names(in: folder) == ["file"])
    }

    @Test func `a creation that fails leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        var vault = try StorageFixture.vaultRow(id: .random(), isEncrypted: false)
        vault.node = ""
        #expect(throws: StorageError.self) {
            try VaultDatabase.create(
                VaultFile(path: folder.file("vault")), vault: vault, authenticator: nil, now: 1)
        }
        #expect(try Self.names(in: folder) == [])
    }

    @Test func `of several who make one vault at once, one does and the others are refused`() throws {
        let folder = try TemporaryFolder()
        let failures = Lock([StorageError?]())
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            let failure = Self.creationFailure(at: folder.file("vault"))
            failures.withLock { $0.append(failure) }
        }
        let found = failures.withLock { $0 }
        #expect(found.filter { $0 == nil }.count == 1)
        #expect(found.compactMap(\.self).allSatisfy { $0.code == .fileExists })
        #expect(try Self.names(in: folder) == ["vault"])
        try VaultDatabase(opening: VaultFile(path: folder.file("vault"))).close()
    }

    @Test func `a text that SQLite would cut is not written`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let error = #expect(throws: StorageError.self) {
            try fixture.change(database) { transaction in transaction.vault.node = "a\0b" }
        }
        #expect(error?.code == .notAVault)
        #expect(try fixture.check(database).isPassed)
    }

    private static func creationFailure(at path: String) -> StorageError? {
        do throws(StorageError) {
            let file = VaultFile(path: path)
            try file.checkAbsent()
            do {
                let vault = try StorageFixture.vaultRow(id: .random(), isEncrypted: false)
                try VaultDatabase.create(file, vault: vault, authenticator: nil, now: 1)
            } catch { throw StorageError(error) }
            return nil
        } catch { return error }
    }

    private static func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
}
