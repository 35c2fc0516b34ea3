import GRDB
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct DiskFullTests {
    @Test func `a change that finds no room fails as such and changes nothing; with room it works`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        let stranger = try fixture.independent()
        let before = try stranger.dump()
        let dataKey = try #require(
            try database.read { db in try VaultReader(db, authenticator: fixture.authenticator).all(DataKeyRow.self) }
                .first)
        var large = StorageFixture.privateKeyRow(2, under: dataKey.id)
        large.sealed = [UInt8](repeating: 1, count: 60_000)
        // SQLite fails as on a full disk when a file would exceed this many pages.
        try database.write { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let error = #expect(throws: StorageError.self) {
            try fixture.change(database) { transaction in
                try transaction.insert(StorageFixture.jobRow())
                try transaction.insert(large)
            }
        }
        #expect(error?.code == .diskFull)
        #expect(try stranger.dump() == before)
        #expect(try fixture.check(database).isPassed)

        try database.write { db in try db.execute(sql: "PRAGMA max_page_count = 1000000") }
        try fixture.change(database) { transaction in try transaction.insert(large) }
        #expect(try fixture.check(database).isPassed)
    }

    @Test func `no room for the file that connections share is a full disk, other failures of the disk are not`() {
        #expect(StorageError(DatabaseError(resultCode: .SQLITE_IOERR_SHMSIZE)).code == .diskFull)
        #expect(StorageError(DatabaseError(resultCode: .SQLITE_FULL)).code == .diskFull)
        #expect(StorageError(DatabaseError(resultCode: .SQLITE_IOERR_FSYNC)).code == .inputOutput)
    }
}
