import Foundation
import NodeKeys
import Testing
import VaultTestSupport

@testable import NodeVault

/// Rows removed, added, swapped, and put back as they once were.
@Suite struct TamperedRowTests {
    @Test(arguments: [
        "DELETE FROM private_keys WHERE name = 'first'",
        "DELETE FROM private_keys",
        "DELETE FROM data_keys WHERE rowid = 1",
        "DELETE FROM jobs",
        """
        INSERT INTO jobs SELECT zeroblob(16), kind, state, source, target, scope, plan, checkpoint, fence, done, total,
            created_at, updated_at, mac FROM jobs
        """,
        """
        INSERT INTO private_keys SELECT '1220' || lower(hex(zeroblob(32))), data_key_id, purpose, scheme, usages, 'copy',
            created_at, public_key, sealed, mac FROM private_keys WHERE name = 'first'
        """,
        """
        INSERT INTO private_keys SELECT '1220' || lower(hex(zeroblob(32))), NULL, purpose, scheme, usages, 'clear',
            created_at, public_key, sealed, NULL FROM private_keys WHERE name = 'first'
        """,
        "UPDATE private_keys SET data_key_id = NULL, mac = NULL WHERE name = 'first'",
        "UPDATE private_keys SET data_key_id = (SELECT id FROM data_keys WHERE id <> data_key_id)",
        "UPDATE vault SET private_key_count = private_key_count - 1; DELETE FROM private_keys WHERE name = 'third'",
        "UPDATE vault SET epoch = epoch - 1",
        "UPDATE vault SET head = (SELECT randomblob(60))",
        "DELETE FROM vault",
        "INSERT INTO data_keys SELECT zeroblob(16), wrapper_key, key_material_id, wrapped, binding, 0, 1, 1, mac FROM data_keys LIMIT 1",
    ])
    func `a vault with a row more, less or other is refused at open and found by verify`(sql: String) async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        #expect(await !sample.isRefusedAtOpen(path))
        #expect(await !sample.isFoundByVerify(path))
        try sample.fixture.tamper(sql, at: path)
        #expect(await sample.isRefusedAtOpen(path))
        #expect(await sample.isFoundByVerify(path))
        guard let store = try? await sample.open(path) else { return }
        for key in sample.keys { #expect(await sample.neverLies(store, about: key)) }
    }

    @Test(arguments: [
        "sealed", "name", "mac", "public_key", "created_at", "usages", "sealed, mac", "sealed, data_key_id",
        "sealed, public_key",
        "sealed, public_key, mac", "key_id", "name, mac",
    ])
    func `columns swapped between two keys open neither`(columns: String) async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        let names = columns.split(separator: ", ")
        // By way of a third place: key ids and names are unique.
        let values = names.map { name in
            "\(name) = (SELECT \(name) FROM kept WHERE kept.row_number = 4 - private_keys.rowid)"
        }
        let places = names.contains("key_id") ? "key_id = 'x' || rowid" : "name = NULL"
        try sample.fixture.tamper(
            """
            CREATE TEMP TABLE kept AS SELECT rowid AS row_number, * FROM private_keys;
            UPDATE private_keys SET \(names.contains("name") || names.contains("key_id") ? places : "mac = mac")
                WHERE rowid <> 2;
            UPDATE private_keys SET \(values.joined(separator: ", ")) WHERE rowid <> 2;
            """, at: path)
        #expect(await sample.isRefusedAtOpen(path))
        #expect(await sample.isFoundByVerify(path))
        let store = try await sample.open(path)
        // Two keys made in one microsecond would have one time: then nothing was swapped.
        for key in [sample.keys[0], sample.keys[2]] {
            #expect(await sample.neverLies(store, about: key))
            await #expect(throws: VaultError.self, "\(columns)") { try await store.signs(with: key) }
            await #expect(throws: VaultError.self, "\(columns)") { try await store.exported(key) }
        }
        #expect(try await store.signs(with: sample.keys[1]))
    }

    @Test(arguments: ["private_keys", "data_keys", "jobs"], [false, true])
    func `a row put back as it once was is found, also with the vault's row of that time`(
        table: String, withVault: Bool
    ) async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        let before = try await sample.open(path)
        // After the job has begun: describing, the probe and the integrity key take five.
        sample.fixture.kms.fail(call: 6)
        await #expect(throws: VaultError.self) { try await before.rewrap(to: .key(sample.otherWrapperKey)) }
        try await before.close()
        // A close after a cancelled task may leave the WAL behind: the copy is to have what was written.
        let checkpoint = try IndependentDatabase(path)
        try checkpoint.executeBare("PRAGMA wal_checkpoint(TRUNCATE)")
        try checkpoint.close()
        let old = path + ".old"
        try FileManager.default.copyItem(atPath: path, toPath: old)

        let store = try await sample.open(path)
        _ = try await store.rewrap(to: .key(sample.otherWrapperKey))
        _ = try await store.renameKey(sample.keys[2].keyID, to: "renamed")
        _ = try await store.generate()
        try await store.close()
        #expect(await !sample.isRefusedAtOpen(path))
        let statements = ([table] + (withVault ? ["vault"] : [])).map { table in
            """
            INSERT OR REPLACE INTO main.\(table) SELECT * FROM old.\(table)
                WHERE rowid = (SELECT max(rowid) FROM old.\(table));
            """
        }
        let stranger = try IndependentDatabase(path)
        try stranger.executeBare("ATTACH '\(old)' AS old; \(statements.joined()) DETACH old")
        try stranger.close()
        #expect(await sample.isRefusedAtOpen(path))
        #expect(await sample.isFoundByVerify(path))
    }

    @Test func `a key that was deleted does not come back with its row`() async throws {
        let sample = try await SampleVault()
        let (old, path) = (try sample.copy(), try sample.copy())
        let store = try await sample.open(path)
        try await store.deleteKey(sample.keys[0].keyID)
        try await store.close()
        let stranger = try IndependentDatabase(path)
        try stranger.executeBare(
            "ATTACH '\(old)' AS old; INSERT INTO main.private_keys SELECT * FROM old.private_keys WHERE name = 'first'")
        try stranger.close()
        #expect(await sample.isRefusedAtOpen(path))
        #expect(await sample.isFoundByVerify(path))
    }

    @Test func `a tampered vault is not brought into order by later changes`() async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        try sample.fixture.tamper("DELETE FROM private_keys WHERE name = 'first'", at: path)
        let store = try await sample.open(path)
        _ = try await store.generate()
        _ = try await store.renameKey(sample.keys[2].keyID, to: "renamed")
        try await store.deleteKey(sample.keys[2].keyID)
        #expect(try await !store.verify().isPassed)
        try await store.close()
        #expect(await sample.isRefusedAtOpen(path))
    }

    @Test func `a whole older copy is taken, unless the caller says which epoch he has seen`() async throws {
        let sample = try await SampleVault()
        let (old, path) = (try sample.copy(), try sample.copy())
        let store = try await sample.open(path)
        try await store.deleteKey(sample.keys[0].keyID)
        let epoch = try await store.census().epoch
        try await store.close()
        sample.remove(path)
        try FileManager.default.copyItem(atPath: old, toPath: path)
        let restored = try await sample.open(path, .quiet)
        #expect(try await restored.signs(with: sample.keys[0]))
        #expect(try await restored.census().epoch < epoch)
        try await restored.close()
        var options = KeyStoreOptions.quiet
        options.minimumEpoch = epoch
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await sample.open(path, options) }
        await #expect(throws: VaultError.of(.authenticationFailed)) {
            try await VaultInspector(at: path, options: options)
        }
    }

    @Test func `an encrypted vault made to look clear opens neither with a KMS nor gives a key without`() async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        try sample.fixture.tamper(
            """
            UPDATE vault SET wrapper_key = NULL, wrapper_key_created = NULL, active_data_key = NULL, head = NULL,
                integrity_key_id = NULL, integrity_wrapper_key = NULL, integrity_material_id = NULL,
                integrity_wrapped = NULL, mac = NULL
            """, at: path)
        await #expect(throws: VaultError.of(.notEncrypted)) { try await sample.open(path) }
        let clear = try await KeyStore.open(at: path, kms: nil, options: .quiet)
        for key in sample.keys {
            await #expect(throws: VaultError.self) { try await clear.signs(with: key) }
            await #expect(throws: VaultError.self) { try await clear.exported(key) }
        }
    }

    @Test func `a large vault is checked in the background, and then every use is refused`() async throws {
        let sample = try await SampleVault()
        let path = try sample.copy()
        try sample.fixture.tamper("DELETE FROM private_keys WHERE name = 'first'", at: path)
        let options = SampleVault.unchecked.with { $0.foregroundCheckRows = 1 }
        let store = try await sample.open(path, options)
        #expect(await eventually { await (try? store.signs(with: sample.keys[2])) == nil })
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.keys() }
        await #expect(throws: VaultError.of(.authenticationFailed)) { try await store.generate() }
        #expect(try await !store.verify().isPassed)
    }
}
