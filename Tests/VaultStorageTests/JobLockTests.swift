import EnvelopeCrypto
import Foundation
import GRDB
import Glibc
import KMSConformance
import Testing
import VaultTestSupport

@testable import VaultStorage

/// What jobs need of storage: a lock, records under a data key, room, and a checkpoint of their own.
@Suite struct JobLockTests {
    @Test func `one job holds the lock, in this process or another, and opening the vault is not hindered`()
        async throws
    {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let lock = try JobLock(fixture.file)
        #expect(throws: StorageError.busyJob) { try JobLock(fixture.file) }
        await #expect(processExitsWith: .exitCode(75)) { [path = fixture.path as String] in
            do throws(StorageError) { _ = try JobLock(VaultFile(path: path)) } catch {
                exit(error == .busyJob ? 75 : 1)
            }
        }
        try fixture.open().close()
        lock.release()
        try JobLock(fixture.file).release()
        try database.close()
    }

    @Test func `the lock of an owner that was killed is free`() async throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = fixture.path as String] in
            let lock = try JobLock(VaultFile(path: path))
            kill(getpid(), SIGKILL)
            lock.release()
        }
        try JobLock(fixture.file).release()
        try database.close()
    }

    @Test func `records under a data key are read in bounds, and a forged one is not handed out`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let (first, second) = (try StorageFixture.dataKeyRow(), try StorageFixture.dataKeyRow())
        try fixture.change(database) { transaction in
            try transaction.insert(first)
            try transaction.insert(second)
            for number in 1...3 { try transaction.insert(StorageFixture.privateKeyRow(UInt8(number), under: first.id)) }
            try transaction.insert(StorageFixture.privateKeyRow(4, under: second.id))
        }
        func records(_ id: UUIDBytes, _ count: Int) throws(StorageError) -> Int {
            try database.read { db in
                try VaultReader(db, authenticator: fixture.authenticator).privateKeys(under: id, count: count).count
            }
        }
        #expect(try records(first.id, 10) == 3)
        #expect(try records(first.id, 2) == 2)
        #expect(try records(second.id, 10) == 1)
        try fixture.independent().execute("UPDATE private_keys SET sealed = zeroblob(160)")
        #expect(throws: StorageError.self) { try records(first.id, 10) }
    }

    @Test func `a data key is deleted when nothing lies under it, and not before`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let row = try StorageFixture.dataKeyRow()
        try fixture.change(database) { transaction in
            try transaction.insert(row)
            try transaction.insert(StorageFixture.privateKeyRow(1, under: row.id))
        }
        #expect(throws: StorageError.self) {
            try fixture.change(database) { try $0.deleteDataKey(row.id) }
        }
        #expect(try fixture.check(database).isPassed)
        try fixture.change(database) { transaction in
            try transaction.deletePrivateKey(StorageFixture.privateKeyRow(1, under: row.id).keyID)
            try transaction.deleteDataKey(row.id)
        }
        #expect(try fixture.check(database).isPassed)
        #expect(throws: StorageError.self) { try fixture.change(database) { try $0.deleteDataKey(row.id) } }
    }

    @Test func `where the disk has less room than is needed, that is told with the numbers`() throws {
        let fixture = try StorageFixture()
        try fixture.file.checkRoom(for: 1)
        let error = #expect(throws: StorageError.self) { try fixture.file.checkRoom(for: Int64.max / 2) }
        #expect(error?.code == .diskFull && error?.message.contains("MiB are left") == true)
    }

    @Test func `a checkpoint moves what was committed into the file`() async throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        /// Data keys in the file alone, without its WAL.
        func rowsInFile(_ name: String) throws -> Int64? {
            let copy = fixture.folder.file(name)
            try FileManager.default.copyItem(atPath: fixture.path, toPath: copy)
            return try IndependentDatabase(copy).value("SELECT count(*) FROM data_keys")
        }
        #expect(try rowsInFile("before") == 0)
        let checkpointer = try WALCheckpointer(database)
        try await checkpointer.run()
        #expect(try rowsInFile("after") == 1)
        try checkpointer.close()
        try database.close()
    }
}

extension StorageError {
    fileprivate static let busyJob = StorageError(.busy, "")
}
