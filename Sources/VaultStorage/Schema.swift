import EnvelopeCrypto
import Foundation
import GRDB
package import Migrations

/// What a vault's database must look like, made from the migrations themselves.
package struct Schema: Sendable {
    package let migrations: [Migration]

    /// `application_id` of a vault's file: "NVLT".
    static let applicationID: Int32 = 0x4e56_4c54

    package init(_ migrations: [Migration] = .all) { self.migrations = migrations }

    /// The version that this program writes.
    package var version: Int64 { migrations.last?.version ?? 0 }

    /// Compares the database's schema version and its every object with what the migrations make.
    ///
    /// - Throws: ``StorageError`` `.newerSchema`, `.olderSchema`, or `.authenticationFailed` for objects that no migration
    ///   made: a trigger or a changed constraint could steer the vault.
    func check(_ db: Database) throws(StorageError) {
        let found = try foundVersion(db)
        guard found <= version else { throw tooNew(found) }
        guard found == version else {
            throw StorageError(
                .olderSchema,
                "the vault has schema \(found) and this program writes \(version); run nodevault upgrade")
        }
        try checkObjects(db, version: version)
    }

    func tooNew(_ found: Int64) -> StorageError {
        StorageError(
            .newerSchema,
            "the vault has schema \(found) and this program knows up to \(version); use a newer nodevault")
    }

    /// The version on record, of whose migrations there must be no gap and no stranger.
    func foundVersion(_ db: Database) throws(StorageError) -> Int64 {
        do {
            guard try db.tableExists(VaultTable.migrations.rawValue) else {
                throw StorageError(.notAVault, "the file has no record of migrations; restore a backup")
            }
        } catch { throw StorageError(error) }
        let applied = try VaultReader(db, authenticator: nil).all(MigrationRow.self)
        for (index, row) in applied.enumerated() {
            guard row.version == Int64(index + 1), index >= migrations.count || migrations[index].name == row.name
            else {
                throw StorageError(.authenticationFailed, "the vault's migration record was changed; restore a backup")
            }
        }
        guard !applied.isEmpty else {
            throw StorageError(.authenticationFailed, "the vault's migration record is empty; restore a backup")
        }
        return Int64(applied.count)
    }

    /// Compares every object of the database with those that the migrations up to `version` make.
    func checkObjects(_ db: Database, version: Int64) throws(StorageError) {
        do {
            let reference = try DatabaseQueue()
            let expected = try reference.write { db in
                for migration in migrations where migration.version <= version { try db.execute(sql: migration.sql) }
                return try Self.objects(db)
            }
            guard try Self.objects(db) == expected else {
                throw StorageError(
                    .authenticationFailed,
                    "the vault's tables, indexes or triggers are not those of schema \(version); restore a backup")
            }
        } catch { throw StorageError(error) }
    }

    /// Applies the migrations after `version`.
    func apply(_ db: Database, after version: Int64) throws -> [Migration] {
        let pending = migrations.filter { $0.version > version }
        for migration in pending { try db.execute(sql: migration.sql) }
        return pending
    }

    private static func objects(_ db: Database) throws -> [Row] {
        try Row.fetchAll(
            db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    }
}
