import EnvelopeCrypto
import GRDB
import SecretMemory
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct TransactionTests {
    @Test func `insertions, changes and removals carry epoch, counts and head along`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        #expect(try Self.vault(fixture, database).counts == [1, 1, 1, 1])
        #expect(try fixture.check(database).isPassed)

        let dataKey = try #require(try Self.all(DataKeyRow.self, fixture, database).first)
        try fixture.change(database) { transaction in
            try transaction.insert(StorageFixture.privateKeyRow(2, under: dataKey.id, name: "two"))
            var changed = dataKey
            changed.sealedCount += 1
            try transaction.update(changed)
        }
        #expect(try fixture.check(database).isPassed)
        let first = StorageFixture.privateKeyRow(1, under: dataKey.id)
        try fixture.change(database) { transaction in try transaction.deletePrivateKey(first.keyID) }
        let vault = try Self.vault(fixture, database)
        #expect(vault.counts == [1, 1, 1, 1] && vault.epoch == 4)
        #expect(try Self.all(PrivateKeyRow.self, fixture, database).map(\.name) == ["two"])
        #expect(try fixture.check(database).isPassed)
    }

    @Test func `a data key's row is changed with the code that was just checked, or not at all`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        let dataKey = try #require(try Self.all(DataKeyRow.self, fixture, database).first)
        let unknown = try UUIDBytes.random()
        try fixture.change(database) { transaction in
            let isThere = try transaction.changeDataKey(unknown) { _ in true }
            let isChanged = try transaction.changeDataKey(dataKey.id) { row in
                row.sealedCount = 100
                return false
            }
            #expect(!isThere && !isChanged)
        }
        #expect(try Self.all(DataKeyRow.self, fixture, database) == [dataKey])
        try fixture.change(database) { transaction in
            let isChanged = try transaction.changeDataKey(dataKey.id) { row in
                row.sealedCount += 1
                return true
            }
            #expect(isChanged)
        }
        #expect(try Self.all(DataKeyRow.self, fixture, database).map(\.sealedCount) == [dataKey.sealedCount + 1])
        #expect(try fixture.check(database).isPassed)

        try fixture.independent().executeBare("UPDATE data_keys SET sealed_count = 7")
        let error = #expect(throws: StorageError.self) {
            try fixture.change(database) { transaction in _ = try transaction.changeDataKey(dataKey.id) { _ in true } }
        }
        #expect(error?.code == .authenticationFailed)
    }

    @Test func `a change that fails leaves every row as it was`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        let stranger = try fixture.independent()
        let before = try stranger.dump()
        let dataKey = try #require(try Self.all(DataKeyRow.self, fixture, database).first)
        for (row, code) in [
            (StorageFixture.privateKeyRow(1, under: dataKey.id), StorageError.Code.duplicateKey),
            (StorageFixture.privateKeyRow(2, under: try .random()), .notAVault),
        ] {
            let error = #expect(throws: StorageError.self) {
                try fixture.change(database) { transaction in
                    try transaction.insert(StorageFixture.jobRow())
                    try transaction.insert(row)
                }
            }
            #expect(error?.code == code)
            #expect(try stranger.dump() == before)
        }
        let error = #expect(throws: StorageError.self) {
            try fixture.change(database) { transaction in
                try transaction.deletePrivateKey("1220" + [UInt8](repeating: 9, count: 32).hex)
            }
        }
        #expect(error?.code == .conflict)
        #expect(try stranger.dump() == before)
    }

    @Test func `two rows of one name do not fit, rows without a name do`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        let dataKey = try #require(try Self.all(DataKeyRow.self, fixture, database).first)
        try fixture.change(database) { transaction in
            try transaction.insert(StorageFixture.privateKeyRow(2, under: dataKey.id))
            try transaction.insert(StorageFixture.privateKeyRow(3, under: dataKey.id, name: "name"))
        }
        let error = #expect(throws: StorageError.self) {
            try fixture.change(database) { transaction in
                try transaction.insert(StorageFixture.privateKeyRow(4, under: dataKey.id, name: "name"))
            }
        }
        #expect(error?.code == .duplicateName)
    }

    @Test func `a forged row is neither changed nor removed`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        let dataKey = try #require(try Self.all(DataKeyRow.self, fixture, database).first)
        let stranger = try fixture.independent()
        try stranger.execute("UPDATE data_keys SET sealed_count = 1; UPDATE private_keys SET usages = x'05'")
        let before = try stranger.dump()
        for change in [
            { transaction in try transaction.update(dataKey) },
            { transaction in try transaction.deletePrivateKey(StorageFixture.privateKeyRow(1, under: dataKey.id).keyID)
            },
        ] as [(inout VaultTransaction) throws -> Void] {
            let error = #expect(throws: StorageError.self) { try fixture.change(database, change) }
            #expect(error?.code == .authenticationFailed)
        }
        #expect(try stranger.dump() == before)
    }

    @Test func `without its integrity key an encrypted vault is not changed`() throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        let error = #expect(throws: StorageError.self) {
            try database.write { db in
                let transaction = try VaultTransaction(db, authenticator: nil)
                try transaction.finish()
            }
        }
        #expect(error?.code == .authenticationFailed)
    }

    @Test func `another vault's integrity key opens nothing`() throws {
        let (fixture, other) = (try StorageFixture(), try StorageFixture())
        let database = try fixture.open()
        #expect(throws: StorageError.self) {
            try database.read { db in try VaultReader(db, authenticator: other.authenticator).vault() }
        }
    }

    @Test func `a clear vault with forged numbers refuses changes without a crash`() throws {
        for column in ["epoch", "private_key_count"] {
            let fixture = try StorageFixture(isEncrypted: false)
            let stranger = try fixture.independent()
            try stranger.execute("UPDATE vault SET \(column) = \(Int64.max)")
            try stranger.close()
            let database = try fixture.open()
            #expect(throws: StorageError.self, "\(column)") {
                try fixture.change(database) { transaction in
                    try transaction.insertClear(
                        StorageFixture.privateKeyRow(1, under: fixture.vault.id).clear, key: .random(count: 48))
                }
            }
        }
    }

    private static func vault(_ fixture: StorageFixture, _ database: VaultDatabase) throws -> VaultRow {
        try database.read { db in try VaultReader(db, authenticator: fixture.authenticator).vault() }
    }

    private static func all<R: StoredRow>(
        _: R.Type, _ fixture: StorageFixture, _ database: VaultDatabase
    ) throws -> [R] {
        try database.read { db in try VaultReader(db, authenticator: fixture.authenticator).all(R.self) }
    }
}

extension PrivateKeyRow {
    /// The same row in a clear vault.
    fileprivate var clear: PrivateKeyRow {
        var row = self
        row.dataKeyID = nil
        return row
    }
}
