import EnvelopeCrypto
import Foundation
import Glibc
import KMSConformance
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct VaultFileTests {
    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o601])
    func `a file that others can use is refused, and the message names the mode`(mode: Int) throws {
        let fixture = try StorageFixture()
        #expect(chmod(fixture.path, mode_t(mode)) == 0)
        let refusal = fixture.refusal()
        #expect(refusal?.code == .accessDenied)
        #expect(refusal?.message.contains("mode \(String(mode, radix: 8))") == true)
    }

    @Test func `permissions of the group are taken only where they are configured, those of others never`() throws {
        let fixture = try StorageFixture()
        #expect(chmod(fixture.path, 0o660) == 0)
        #expect(fixture.refusal()?.code == .accessDenied)
        #expect(fixture.refusal(permissions: .group) == nil)
        #expect(chmod(fixture.path, 0o664) == 0)
        #expect(fixture.refusal(permissions: .group)?.code == .accessDenied)
    }

    @Test func `files beside the vault have its mode`() throws {
        for (permissions, mode) in [(FilePermissions.owner, 0o600), (.group, 0o660)] {
            let folder = try TemporaryFolder()
            let file = VaultFile(path: folder.file("vault"), permissions: permissions)
            try VaultDatabase.create(
                file, vault: StorageFixture.vaultRow(id: .random(), isEncrypted: false), authenticator: nil, now: 1)
            let database = try VaultDatabase(opening: file)
            try database.write { db in
                let transaction = try VaultTransaction(db, authenticator: nil)
                try transaction.finish()
            }
            for suffix in ["", "-wal", "-shm", ".lock"] {
                var found = stat()
                #expect(stat(file.path + suffix, &found) == 0)
                #expect(found.st_mode & 0o777 == mode_t(mode), "\(suffix)")
            }
        }
    }

    @Test func `a symbolic link, a folder and a missing file are refused`() throws {
        let fixture = try StorageFixture()
        #expect(symlink(fixture.path, fixture.folder.file("link")) == 0)
        #expect(mkdir(fixture.folder.file("folder"), 0o700) == 0)
        for (name, code) in [("link", StorageError.Code.notAVault), ("folder", .notAVault), ("none", .fileMissing)] {
            let error = #expect(throws: StorageError.self) {
                try VaultDatabase(opening: VaultFile(path: fixture.folder.file(name)))
            }
            #expect(error?.code == code, "\(name)")
        }
        #expect(fixture.refusal() == nil)
    }

    @Test func `a file of another user is refused, unless root opens it`() async throws {
        let fixture = try StorageFixture()
        guard geteuid() == 0 else {
            // Root's file, which everybody can name.
            let error = #expect(throws: StorageError.self) { try VaultFile(path: "/etc/hostname").check() }
            #expect(error?.message.contains("belongs to user 0") == true)
            return
        }
        #expect(chmod(fixture.folder.path, 0o755) == 0)
        await #expect(processExitsWith: .success) { [path = fixture.path as String] in
            guard seteuid(12345) == 0 else { exit(2) }
            let error = #expect(throws: StorageError.self) { try VaultFile(path: path).check() }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("belongs to user 0") == true)
        }
        #expect(chown(fixture.path, 12345, 23456) == 0)
        let database = try fixture.open()
        try fixture.fill(database)
        for suffix in ["", "-wal", "-shm", ".lock"] {
            var found = stat()
            #expect(stat(fixture.path + suffix, &found) == 0)
            #expect(found.st_uid == 12345 && found.st_gid == 23456, "\(suffix)")
        }
    }

    @Test func `what is no vault is refused and left as it is`() throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "empty")
        try folder.write(Array("a letter home\n".utf8), to: "text")
        try folder.write([UInt8](repeating: 0, count: 8192), to: "zeros")
        try folder.write(Array("SQLite format 3\0".utf8), to: "magic")
        let other = try StorageFixture()
        let stranger = try other.independent()
        try stranger.executeBare("PRAGMA application_id = 1; PRAGMA journal_mode = DELETE")
        try stranger.close()
        try folder.write(try other.folder.read("vault"), to: "other")
        for name in ["empty", "text", "zeros", "magic", "other"] {
            let before = try folder.read(name)
            let error = #expect(throws: StorageError.self) {
                try VaultDatabase(opening: VaultFile(path: folder.file(name)))
            }
            #expect(error?.code == .notAVault, "\(name): \(error?.message ?? "")")
            #expect(try folder.read(name) == before)
        }
    }

    @Test func `a vault that was cut anywhere is refused, or does not verify`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        try database.close()
        let bytes = try fixture.folder.read("vault")
        for length in stride(from: 0, to: bytes.count, by: 1000) {
            try fixture.folder.write(Array(bytes[..<length]), to: "vault")
            let error = #expect(throws: StorageError.self, "\(length) of \(bytes.count) bytes") {
                do {
                    let cut = try fixture.open()
                    guard try fixture.check(cut).isPassed else { throw StorageError(.notAVault, "cut") }
                } catch { throw StorageError(error) }
            }
            #expect(error?.code == .notAVault)
        }
    }

    @Test func `network file systems are known by their magic numbers, local ones are taken`() {
        #expect(VaultFile.networkFileSystem(magic: 0x6969) == "NFS")
        #expect(VaultFile.networkFileSystem(magic: 0xff53_4d42) == "CIFS")
        for local in [0xef53, 0x5846_5342, 0x0102_1994, 0x794c_7630, 0x9123_683e] {
            #expect(VaultFile.networkFileSystem(magic: local) == nil)
        }
    }
}
