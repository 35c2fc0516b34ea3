import GRDB
import KMSConformance
import NodeKeys
import Testing
import VaultTestSupport

@testable import NodeVault

/// Every column of every row of every table, forged while the vault is open and found by whoever uses the row.
@Suite struct ForgedColumnTests {
    @Test(arguments: ["data_keys", "jobs", "private_keys", "schema_migrations", "vault"])
    func `a forged column is found at open, by verify, and by every operation that uses the row`(
        table: String
    ) async throws {
        let sample = try await SampleVault()
        let pristine = try IndependentDatabase(sample.fixture.path)
        let rowNumbers = try Dictionary(
            uniqueKeysWithValues: pristine.rows("SELECT rowid, key_id FROM private_keys").map { row in
                (row["key_id"] as String, row["rowid"] as Int64)
            })
        let active: Int64? = try pristine.value(
            "SELECT data_keys.rowid FROM data_keys, vault WHERE data_keys.id = active_data_key")
        let forgeries = try Forgery.all(of: pristine).filter { $0.table == table }
        try pristine.close()
        #expect(!forgeries.isEmpty)
        for forgery in forgeries {
            let path = try sample.copy()
            let store = try await sample.open(path)
            let stranger = try IndependentDatabase(path)
            try forgery.apply(to: stranger)
            let forged = try stranger.dump()
            for operation in Operation.all(store, sample) where operation.uses(forgery, rowNumbers, active: active) {
                let failure = await operation.failure()
                #expect(failure != nil, "\(forgery): \(operation.name) succeeded")
                #expect(
                    failure?.code != VaultError.Code(rawValue: "failed"),
                    "\(forgery): \(operation.name): \(failure?.message ?? "")")
            }
            for key in sample.keys {
                #expect(await sample.neverLies(store, about: key), "\(forgery): a wrong answer about \(key.keyID)")
            }
            #expect(await sample.isFoundByVerify(store), "\(forgery): not found by verify")
            #expect(try stranger.dump() == forged, "\(forgery): something was written")
            try stranger.close()
            try await store.close()
            #expect(await sample.isRefusedAtOpen(path), "\(forgery): opened")
            sample.remove(path)
        }
    }

    /// One call of the library.
    private struct Operation: Sendable {
        let name: String
        /// The tables that it reads, as a whole or by key.
        let tables: Set<String>
        var key: StoredKey?
        let run: @Sendable () async throws -> Void

        func uses(_ forgery: Forgery, _ rowNumbers: [String: Int64], active: Int64?) -> Bool {
            guard tables.contains(forgery.table) else { return false }
            switch (forgery.table, key) {
            case ("private_keys", let key?): return rowNumbers[key.keyID.description] == forgery.rowNumber
            case ("data_keys", let key?):
                return (key.dataKeyID == nil) || name == "rewrap"
                    || (key.name == "third") == (forgery.rowNumber == active)
            case ("data_keys", nil) where name == "generate": return forgery.rowNumber == active
            default: return true
            }
        }

        func failure() async -> VaultError? {
            do {
                try await run()
                return nil
            } catch { return error as? VaultError ?? .of("failed") }
        }

        static func all(_ store: KeyStore, _ sample: SampleVault) -> [Operation] {
            let keyed = sample.keys.flatMap { key in
                [
                    Operation(name: "show", tables: ["private_keys"], key: key) { _ = try await store.key(key.keyID) },
                    Operation(name: "sign", tables: ["private_keys", "data_keys"], key: key) {
                        _ = try await store.sign(KeyStore.message, with: key.keyID)
                    },
                    Operation(name: "export", tables: ["private_keys", "data_keys"], key: key) {
                        _ = try await store.exportKey(key.keyID)
                    },
                    Operation(name: "rename", tables: ["private_keys", "data_keys", "vault"], key: key) {
                        _ = try await store.renameKey(key.keyID, to: "other")
                    },
                    Operation(name: "delete", tables: ["private_keys", "vault"], key: key) {
                        try await store.deleteKey(key.keyID)
                    },
                ]
            }
            return keyed + [
                Operation(name: "list", tables: ["private_keys", "vault"]) { _ = try await store.keys() },
                Operation(name: "generate", tables: ["data_keys", "vault"]) { _ = try await store.generate() },
                Operation(name: "rewrap", tables: ["data_keys", "vault", "jobs"]) {
                    _ = try await store.rewrap(to: .key(sample.otherWrapperKey))
                },
                Operation(name: "census", tables: ["data_keys", "vault", "jobs"]) { _ = try await store.census() },
            ]
        }
    }
}
