import GRDB
import Testing
import VaultStorage
import VaultTestSupport

/// Each constraint of the schema, violated once by somebody who obeys the schema.
@Suite struct ConstraintTests {
    struct Violation: Sendable {
        let sql: String
        /// Part of SQLite's words.
        let refusal: String

        init(_ sql: String, _ refusal: String) {
            self.sql = sql
            self.refusal = refusal
        }
    }

    @Test(arguments: [migrations, dataKeys, vault, privateKeys, jobs])
    func `a row that breaks a constraint is refused`(violations: [Violation]) throws {
        let fixture = try StorageFixture()
        let database = try fixture.open()
        try fixture.fill(database)
        try database.close()
        let stranger = try fixture.independent(obeysConstraints: true)
        for violation in violations {
            let error = #expect(throws: DatabaseError.self, "\(violation.sql)") { try stranger.execute(violation.sql) }
            #expect(error?.resultCode == .SQLITE_CONSTRAINT, "\(violation.sql)")
            #expect(error?.message?.contains(violation.refusal) == true, "\(violation.sql): \(error?.message ?? "")")
        }
    }

    @Test func `a row at every bound is taken`() throws {
        let fixture = try StorageFixture()
        let stranger = try fixture.independent(obeysConstraints: true)
        try stranger.execute(
            """
            INSERT INTO data_keys VALUES (zeroblob(16), hex(zeroblob(1024)), hex(zeroblob(64)), zeroblob(6144),
                zeroblob(32), 0, 1, NULL, zeroblob(32));
            INSERT INTO private_keys VALUES ('1220' || lower(hex(zeroblob(32))), zeroblob(16), 0, 'ed25519', zeroblob(16),
                hex(zeroblob(150)), 1, zeroblob(4096), zeroblob(65536), zeroblob(32));
            INSERT INTO jobs VALUES (zeroblob(16), 'migrate-decrypt', 'running', NULL, NULL, hex(zeroblob(50)), zeroblob(32),
                NULL, zeroblob(16), 1, 1, 1, 1, NULL);
            INSERT INTO schema_migrations VALUES (2, 'V', 1, NULL);
            UPDATE vault SET node = substr(hex(zeroblob(150)), 1, 300), wrapper_key = hex(zeroblob(1024)),
                integrity_wrapper_key = hex(zeroblob(1024)), integrity_material_id = hex(zeroblob(64)),
                integrity_wrapped = zeroblob(6144);
            """)
    }

    // MARK: - The constraints, table by table

    static let migrations = [
        Violation("UPDATE schema_migrations SET version = 0", "CHECK"),
        Violation("INSERT INTO schema_migrations VALUES (1, 'again', 1, NULL)", "UNIQUE"),
        Violation("UPDATE schema_migrations SET name = ''", "CHECK"),
        Violation("UPDATE schema_migrations SET name = NULL", "NOT NULL"),
        Violation("UPDATE schema_migrations SET applied_at = NULL", "NOT NULL"),
        Violation("UPDATE schema_migrations SET applied_at = 'today'", "cannot store TEXT value in INTEGER"),
        Violation("UPDATE schema_migrations SET mac = zeroblob(31)", "CHECK"),
        Violation("UPDATE schema_migrations SET mac = 'text'", "cannot store TEXT value in BLOB"),
    ]

    static let dataKeys =
        [
            Violation("UPDATE data_keys SET id = zeroblob(15)", "CHECK"),
            Violation("INSERT INTO data_keys SELECT * FROM data_keys", "UNIQUE"),
            Violation("UPDATE data_keys SET wrapper_key = ''", "CHECK"),
            Violation("UPDATE data_keys SET wrapper_key = hex(zeroblob(1025))", "CHECK"),
            Violation("UPDATE data_keys SET wrapper_key = zeroblob(3)", "cannot store BLOB value in TEXT"),
            Violation("UPDATE data_keys SET key_material_id = ''", "CHECK"),
            Violation("UPDATE data_keys SET key_material_id = hex(zeroblob(65))", "CHECK"),
            Violation("UPDATE data_keys SET wrapped = x''", "CHECK"),
            Violation("UPDATE data_keys SET wrapped = zeroblob(6145)", "CHECK"),
            Violation("UPDATE data_keys SET binding = zeroblob(33)", "CHECK"),
            Violation("UPDATE data_keys SET sealed_count = -1", "CHECK"),
            Violation("UPDATE data_keys SET sealed_count = 1.5", "cannot store REAL value in INTEGER"),
            Violation("UPDATE data_keys SET rewrapped_at = 'never'", "cannot store TEXT value in INTEGER"),
            Violation("UPDATE data_keys SET mac = zeroblob(33)", "CHECK"),
        ]
        + ["id", "wrapper_key", "wrapped", "binding", "sealed_count", "created_at", "mac"].map {
            Violation("UPDATE data_keys SET \($0) = NULL", "NOT NULL")
        }

    static let vault =
        [
            Violation("UPDATE vault SET singleton = 2", "CHECK"),
            Violation("INSERT INTO vault SELECT * FROM vault", "UNIQUE"),
            Violation("UPDATE vault SET id = zeroblob(17)", "CHECK"),
            Violation("UPDATE vault SET format = 0", "CHECK"),
            Violation("UPDATE vault SET node = ''", "CHECK"),
            Violation("UPDATE vault SET node = hex(zeroblob(151))", "CHECK"),
            Violation("UPDATE vault SET wrapper_key = ''", "CHECK"),
            Violation("UPDATE vault SET wrapper_key = hex(zeroblob(1025))", "CHECK"),
            Violation("UPDATE vault SET wrapper_key_created = 2", "CHECK"),
            Violation("UPDATE vault SET active_data_key = zeroblob(16)", "FOREIGN KEY"),
            Violation("UPDATE vault SET integrity_key_id = zeroblob(15)", "CHECK"),
            Violation("UPDATE vault SET integrity_wrapper_key = ''", "CHECK"),
            Violation("UPDATE vault SET integrity_wrapper_key = hex(zeroblob(1025))", "CHECK"),
            Violation("UPDATE vault SET integrity_material_id = ''", "CHECK"),
            Violation("UPDATE vault SET integrity_material_id = hex(zeroblob(65))", "CHECK"),
            Violation("UPDATE vault SET integrity_wrapped = x''", "CHECK"),
            Violation("UPDATE vault SET integrity_wrapped = zeroblob(6145)", "CHECK"),
            Violation("UPDATE vault SET epoch = 0", "CHECK"),
            Violation("UPDATE vault SET epoch = x'01'", "cannot store BLOB value in INTEGER"),
            Violation("UPDATE vault SET migration_count = 0", "CHECK"),
            Violation("UPDATE vault SET data_key_count = -1", "CHECK"),
            Violation("UPDATE vault SET private_key_count = -1", "CHECK"),
            Violation("UPDATE vault SET job_count = -1", "CHECK"),
            Violation("UPDATE vault SET head = zeroblob(59)", "CHECK"),
            Violation("UPDATE vault SET mac = zeroblob(31)", "CHECK"),
            Violation("UPDATE vault SET mac = NULL", "CHECK"),
            Violation(clear + ", active_data_key = (SELECT id FROM data_keys)", "CHECK"),
            Violation(clear + ", integrity_material_id = 'm'", "CHECK"),
        ]
        + [
            "wrapper_key", "wrapper_key_created", "integrity_key_id", "integrity_wrapper_key", "integrity_wrapped",
            "head",
        ]
        .map { Violation("UPDATE vault SET \($0) = NULL", "CHECK") }
        + [
            "id", "format", "node", "created_at", "epoch", "migration_count", "data_key_count", "private_key_count",
            "job_count",
        ].map { Violation("UPDATE vault SET \($0) = NULL", "NOT NULL") }

    private static let clear = """
        UPDATE vault SET wrapper_key = NULL, wrapper_key_created = NULL, integrity_key_id = NULL, head = NULL,
            integrity_wrapper_key = NULL, integrity_wrapped = NULL, mac = NULL
        """

    static let privateKeys =
        [
            Violation("UPDATE private_keys SET key_id = substr(key_id, 1, 67)", "CHECK"),
            Violation("UPDATE private_keys SET key_id = '1221' || substr(key_id, 5)", "CHECK"),
            Violation("UPDATE private_keys SET key_id = substr(key_id, 1, 67) || 'G'", "CHECK"),
            Violation("UPDATE private_keys SET key_id = substr(key_id, 1, 67) || 'A'", "CHECK"),
            Violation("INSERT INTO private_keys SELECT * FROM private_keys", "UNIQUE"),
            Violation("UPDATE private_keys SET data_key_id = zeroblob(16)", "FOREIGN KEY"),
            Violation("DELETE FROM data_keys", "FOREIGN KEY"),
            Violation("UPDATE private_keys SET purpose = 2", "CHECK"),
            Violation("UPDATE private_keys SET scheme = 'rsa-1024'", "CHECK"),
            Violation("UPDATE private_keys SET usages = zeroblob(17)", "CHECK"),
            Violation("UPDATE private_keys SET purpose = 1", "CHECK"),
            Violation("UPDATE private_keys SET name = ''", "CHECK"),
            Violation("UPDATE private_keys SET name = hex(zeroblob(150)) || 'x'", "CHECK"),
            Violation("UPDATE private_keys SET name = substr(hex(zeroblob(150)), 1, 299) || 'é'", "CHECK"),
            Violation(
                """
                UPDATE private_keys SET name = 'one';
                INSERT INTO private_keys SELECT '1220' || lower(hex(zeroblob(32))), data_key_id, purpose, scheme, usages,
                    name, created_at, public_key, sealed, mac FROM private_keys
                """, "UNIQUE"),
            Violation("UPDATE private_keys SET public_key = x''", "CHECK"),
            Violation("UPDATE private_keys SET public_key = zeroblob(4097)", "CHECK"),
            Violation("UPDATE private_keys SET sealed = zeroblob(110)", "CHECK"),
            Violation("UPDATE private_keys SET data_key_id = NULL, sealed = x''", "CHECK"),
            Violation("UPDATE private_keys SET sealed = zeroblob(65537)", "CHECK"),
            Violation("UPDATE private_keys SET mac = zeroblob(31)", "CHECK"),
            Violation("UPDATE private_keys SET mac = NULL", "CHECK"),
            Violation("UPDATE private_keys SET created_at = 0.5", "cannot store REAL value in INTEGER"),
        ]
        + ["key_id", "purpose", "scheme", "usages", "created_at", "public_key", "sealed"].map {
            Violation("UPDATE private_keys SET \($0) = NULL", "NOT NULL")
        }

    static let jobs =
        [
            Violation("UPDATE jobs SET id = zeroblob(15)", "CHECK"),
            Violation("INSERT INTO jobs SELECT * FROM jobs", "UNIQUE"),
            Violation("UPDATE jobs SET kind = 'other'", "CHECK"),
            Violation("UPDATE jobs SET state = 'other'", "CHECK"),
            Violation("UPDATE jobs SET source = ''", "CHECK"),
            Violation("UPDATE jobs SET source = hex(zeroblob(1025))", "CHECK"),
            Violation("UPDATE jobs SET target = ''", "CHECK"),
            Violation("UPDATE jobs SET target = hex(zeroblob(1025))", "CHECK"),
            Violation("UPDATE jobs SET scope = ''", "CHECK"),
            Violation("UPDATE jobs SET scope = hex(zeroblob(51))", "CHECK"),
            Violation("UPDATE jobs SET plan = zeroblob(17)", "CHECK"),
            Violation("UPDATE jobs SET checkpoint = zeroblob(15)", "CHECK"),
            Violation("UPDATE jobs SET fence = zeroblob(15)", "CHECK"),
            Violation("UPDATE jobs SET done = -1", "CHECK"),
            Violation("UPDATE jobs SET total = done - 1", "CHECK"),
            Violation("UPDATE jobs SET mac = zeroblob(31)", "CHECK"),
            Violation("UPDATE jobs SET done = 'all'", "cannot store TEXT value in INTEGER"),
        ]
        + ["id", "kind", "state", "scope", "fence", "done", "total", "created_at", "updated_at"].map {
            Violation("UPDATE jobs SET \($0) = NULL", "NOT NULL")
        }
}
