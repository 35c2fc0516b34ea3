import Foundation
import GRDB
import Glibc
import Migrations
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct UpgradeTests {
    @Test(arguments: [true, false])
    func `an older vault is upgraded after a copy was set aside, and every code is right`(isEncrypted: Bool) throws {
        let fixture = try StorageFixture(isEncrypted: isEncrypted)
        let before = try Self.filled(fixture)
        let copy = try Self.upgrade(fixture)
        #expect(copy == fixture.path + ".before-v1")
        #expect(VaultUpgrade.copiesSetAside(of: fixture.path) == [copy])

        let upgraded = try fixture.open(schema: .second)
        if isEncrypted { #expect(try fixture.check(upgraded).isPassed) }
        let vault = try upgraded.read { db in try VaultReader(db, authenticator: fixture.authenticator).vault() }
        #expect(vault.format == 2 && vault.counts[0] == 2)
        let jobs = try upgraded.read { db in try VaultReader(db, authenticator: fixture.authenticator).all(JobRow.self)
        }
        #expect(jobs.map(\.updatedAt) == (isEncrypted ? [1002] : []))
        try upgraded.close()

        let old = try IndependentDatabase(copy ?? "")
        #expect(try old.dump() == before)
        try old.close()
        try VaultDatabase(opening: VaultFile(path: copy ?? "")).close()
    }

    @Test func `an upgraded vault goes on working, and a second upgrade does nothing`() throws {
        let fixture = try StorageFixture()
        _ = try Self.filled(fixture)
        #expect(try Self.upgrade(fixture) != nil)
        #expect(try Self.upgrade(fixture) == nil)
        let upgraded = try fixture.open(schema: .second)
        try fixture.fill(upgraded, number: 2)
        #expect(try fixture.check(upgraded).isPassed)
    }

    @Test func `an upgrade waits until nobody else has the vault open, and keeps others out`() throws {
        let fixture = try StorageFixture()
        let open = try fixture.open()
        let error = #expect(throws: StorageError.self) { try VaultUpgrade(fixture.file, schema: .second) }
        #expect(error?.code == .busy)
        try open.close()
        let upgrade = try VaultUpgrade(fixture.file, schema: .second)
        #expect(fixture.refusal()?.code == .busy)
        #expect(throws: StorageError.self) { try VaultUpgrade(fixture.file, schema: .second) }
        try upgrade.close()
        #expect(fixture.refusal() == nil)
    }

    @Test func `a vault that does not verify is not upgraded`() throws {
        let fixture = try StorageFixture()
        _ = try Self.filled(fixture)
        let stranger = try fixture.independent()
        try stranger.execute("UPDATE private_keys SET created_at = 2")
        let before = try stranger.dump()
        let error = #expect(throws: StorageError.self) { _ = try Self.upgrade(fixture) }
        #expect(error?.code == .authenticationFailed)
        #expect(try stranger.dump() == before)
        #expect(VaultUpgrade.copiesSetAside(of: fixture.path).isEmpty)
    }

    @Test func `a row forged while the upgrade is under way gets no new code`() throws {
        let fixture = try StorageFixture()
        _ = try Self.filled(fixture)
        let upgrade = try VaultUpgrade(fixture.file, schema: .second)
        let stranger = try fixture.independent()
        try stranger.execute("UPDATE private_keys SET created_at = 2")
        let error = #expect(throws: StorageError.self) {
            try upgrade.apply(now: 2, authenticator: fixture.authenticator)
        }
        #expect(error?.code == .authenticationFailed)
        let forged: Int64? = try stranger.value("SELECT created_at FROM private_keys")
        #expect(forged == 2)
    }

    @Test func `a newer vault is not upgraded`() throws {
        let fixture = try StorageFixture(schema: .second)
        let error = #expect(throws: StorageError.self) { try VaultUpgrade(fixture.file) }
        #expect(error?.code == .newerSchema)
    }

    @Test func `an upgrade that ends between the copy and its commit leaves the old vault, and can be run again`()
        throws
    {
        let fixture = try StorageFixture()
        let before = try Self.filled(fixture)
        let broken = Schema(
            .all + [Migration(version: 2, name: "V0002_test", sql: "UPDATE jobs SET updated_at = 1; SELECT nothing")])
        #expect(throws: StorageError.self) { _ = try Self.upgrade(fixture, schema: broken) }
        #expect(VaultUpgrade.copiesSetAside(of: fixture.path).count == 1)
        let stranger = try fixture.independent()
        #expect(try stranger.dump() == before)
        try stranger.close()
        #expect(fixture.refusal() == nil)
        #expect(try Self.upgrade(fixture) == fixture.path + ".before-v1-2")
        #expect(try fixture.check(fixture.open(schema: .second)).isPassed)
    }

    @Test func `a process killed between the copy and the commit leaves the old vault, and its copy opens`()
        async throws
    {
        let fixture = try StorageFixture(isEncrypted: false)
        let before = try Self.filled(fixture)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = fixture.path as String] in
            let endless = Migration(
                version: 2, name: "V0002_test",
                sql: """
                    CREATE INDEX private_keys_by_scheme ON private_keys (scheme);
                    UPDATE vault SET created_at = (
                        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT max(n) FROM number);
                    """)
            let killer = Thread {
                while access(path + ".before-v1", F_OK) != 0 { usleep(1_000) }
                usleep(20_000)
                kill(getpid(), SIGKILL)
            }
            killer.start()
            let upgrade = try VaultUpgrade(VaultFile(path: path), schema: Schema(.all + [endless]))
            _ = try upgrade.apply(now: 2, authenticator: nil)
        }
        for path in [fixture.path, fixture.path + ".before-v1"] {
            try VaultDatabase(opening: VaultFile(path: path)).close()
            let stranger = try IndependentDatabase(path)
            #expect(try stranger.dump() == before)
            try stranger.close()
        }
        #expect(try Self.upgrade(fixture) == fixture.path + ".before-v1-2")
    }

    private static func filled(_ fixture: StorageFixture) throws -> [String: [Row]] {
        let database = try fixture.open()
        if fixture.authenticator != nil { try fixture.fill(database) }
        try database.close()
        let stranger = try fixture.independent()
        defer { try? stranger.close() }
        return try stranger.dump()
    }

    private static func upgrade(_ fixture: StorageFixture, schema: Schema = .second) throws -> String? {
        let upgrade = try VaultUpgrade(fixture.file, schema: schema)
        defer { try? upgrade.close() }
        return try upgrade.apply(now: 2, authenticator: fixture.authenticator)
    }
}
