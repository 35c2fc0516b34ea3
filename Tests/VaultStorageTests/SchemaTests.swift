import KMSConformance
import Migrations
import Testing
import VaultTestSupport

@testable import VaultStorage

@Suite struct SchemaTests {
    @Test(arguments: [
        "CREATE TRIGGER planted AFTER INSERT ON private_keys BEGIN DELETE FROM private_keys; END",
        "CREATE VIEW planted AS SELECT * FROM private_keys",
        "CREATE TABLE planted (x)",
        "CREATE INDEX planted ON private_keys (scheme)",
        "DROP INDEX private_keys_by_data_key",
        "DROP TABLE jobs",
        "ALTER TABLE jobs ADD COLUMN planted INTEGER",
        "ANALYZE",
        "CREATE VIRTUAL TABLE planted USING fts5(x)",
    ])
    func `a database object that no migration made is refused`(sql: String) throws {
        let fixture = try StorageFixture()
        #expect(fixture.refusal() == nil)
        let stranger = try fixture.independent()
        try stranger.executeBare(sql)
        try stranger.close()
        #expect(fixture.refusal()?.code == .authenticationFailed)
    }

    @Test(arguments: [
        ("private_keys", " AND length(sealed) > 110", ""), ("data_keys", "BETWEEN 1 AND 6144", "BETWEEN 0 AND 6144"),
        ("vault", "INTEGER NOT NULL CHECK (epoch >= 1)", "INTEGER NOT NULL"),
        ("private_keys", "UNIQUE CHECK", "CHECK"), ("private_keys", "REFERENCES data_keys (id)", ""),
        ("jobs", ") STRICT", ")"),
    ])
    func `a constraint changed behind SQLite's back is refused`(table: String, text: String, other: String) throws {
        let fixture = try StorageFixture()
        let stranger = try fixture.independent()
        try stranger.redefine(table, replacing: text, with: other)
        try stranger.close()
        #expect(fixture.refusal() != nil)
        #expect([.authenticationFailed, .notAVault].contains(fixture.refusal()?.code))
    }

    @Test(arguments: [
        "UPDATE schema_migrations SET name = 'V0001_other'",
        "UPDATE schema_migrations SET version = 2",
        "DELETE FROM schema_migrations",
        "INSERT INTO schema_migrations VALUES (3, 'V0003', 1, NULL)",
    ])
    func `a migration record with a gap, a stranger or nothing in it is refused`(sql: String) throws {
        let fixture = try StorageFixture()
        let stranger = try fixture.independent()
        try stranger.execute(sql)
        try stranger.close()
        #expect(fixture.refusal()?.code == .authenticationFailed)
    }

    @Test func `a migration record with a missing name or version is refused without a crash`() throws {
        for column in ["name", "applied_at"] {
            let fixture = try StorageFixture()
            let stranger = try fixture.independent()
            try stranger.executeWithoutTypes(
                of: "schema_migrations", "UPDATE schema_migrations SET \(column) = NULL")
            try stranger.close()
            #expect(fixture.refusal()?.code == .notAVault)
        }
    }

    @Test func `a newer schema is refused, and the file keeps its bytes`() throws {
        let fixture = try StorageFixture(schema: .second)
        let before = try fixture.folder.read("vault")
        let refusal = fixture.refusal()
        #expect(refusal?.code == .newerSchema)
        #expect(refusal?.message.contains("schema 2") == true)
        #expect(try fixture.folder.read("vault") == before)
        #expect(fixture.refusal(schema: .second) == nil)
    }

    @Test func `an older schema is refused, and the file keeps its bytes`() throws {
        let fixture = try StorageFixture()
        let before = try fixture.folder.read("vault")
        let refusal = fixture.refusal(schema: .second)
        #expect(refusal?.code == .olderSchema)
        #expect(refusal?.message.contains("nodevault upgrade") == true)
        #expect(try fixture.folder.read("vault") == before)
    }
}

extension Schema {
    /// A schema of the future: it makes an index and changes rows.
    static let second = Schema(
        .all + [
            Migration(
                version: 2, name: "V0002_test",
                sql: """
                    CREATE INDEX private_keys_by_scheme ON private_keys (scheme);
                    UPDATE jobs SET updated_at = updated_at + 1000;
                    """)
        ])
}
