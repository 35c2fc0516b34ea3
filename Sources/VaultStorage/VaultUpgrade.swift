import EnvelopeCrypto
import Foundation
import GRDB
import Glibc
import Migrations

/// Brings a vault of an older schema to this program's. While it lives, no other process can open the vault.
package final class VaultUpgrade: Sendable {
    /// The vault as found.
    package let vault: VaultRow
    /// The schema as found.
    package let from: Int64
    /// The schema of this program.
    package var to: Int64 { schema.version }

    private let database: VaultDatabase
    private let schema: Schema

    /// Locks other processes out and checks that the vault has one of the known schemas.
    ///
    /// - Throws: ``StorageError`` `.busy` while another process has the vault open.
    package init(_ file: VaultFile, schema: Schema = Schema()) throws(StorageError) {
        database = try VaultDatabase(file, lock: .exclusive)
        let found = try database.read { db in try schema.foundVersion(db) }
        guard found <= schema.version else { throw schema.tooNew(found) }
        try database.read { db in try schema.checkObjects(db, version: found) }
        vault = try database.read { db in try VaultReader(db, authenticator: nil).vault() }
        from = found
        self.schema = schema
    }

    /// Copies the vault to `FILE.before-vN`, then applies all pending migrations in one transaction.
    ///
    /// - Parameter authenticator: of an encrypted vault, which is verified first.
    /// - Returns: the copy's path, nil when nothing was to be done.
    package func apply(now: Int64, authenticator: RowAuthenticator?) throws(StorageError) -> String? {
        guard from < schema.version else { return nil }
        return try database.write { db in
            // Under the write lock: what is found good here is what gets new codes.
            try checkUnchanged(db, authenticator: authenticator)
            let copy = try setAside()
            let applied = try schema.apply(db, after: from)
            try Self.rewriteCodes(db, adding: applied, authenticator: authenticator, version: schema.version, now: now)
            return copy
        }
    }

    private func checkUnchanged(_ db: Database, authenticator: RowAuthenticator?) throws(StorageError) {
        guard try schema.foundVersion(db) == from else {
            throw StorageError(.conflict, "the vault's schema was changed meanwhile; run the command again")
        }
        try schema.checkObjects(db, version: from)
        guard let authenticator else { return }
        guard try IntegrityCheck(db, authenticator: authenticator).isPassed else {
            throw StorageError(
                .authenticationFailed, "the vault does not verify, so it was not upgraded; run nodevault verify")
        }
    }

    /// Ends the upgrade; other processes may open the vault again.
    package func close() throws(StorageError) { try database.close() }

    /// The copies that upgrades have set aside: they hold the same keys as the vault did.
    package static func copiesSetAside(of path: String) -> [String] {
        let folder = VaultFile.folder(of: path)
        let prefix = (path.split(separator: "/").last.map(String.init) ?? path) + ".before-v"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { "\(folder)/\($0)" }
    }

    private func setAside() throws(StorageError) -> String {
        let file = database.file
        let base = "\(file.path).before-v\(from)"
        let path = ([base] + (2...99).map { "\(base)-\($0)" }).first { access($0, F_OK) != 0 } ?? base
        let temporary = VaultFile(path: path + ".writing", permissions: file.permissions)
        temporary.remove()
        try temporary.createEmpty(owner: database.owner)
        do {
            let copy = try DatabaseQueue(path: temporary.path)
            try database.backup(to: copy)
            try copy.close()
            try temporary.rename(to: path)
        } catch {
            temporary.remove()
            throw StorageError(error)
        }
        return path
    }

    /// Computes every row's code anew, since a migration may have changed any row, and the head with them.
    private static func rewriteCodes(
        _ db: Database, adding applied: [Migration], authenticator: RowAuthenticator?, version: Int64, now: Int64
    ) throws {
        for migration in applied {
            let row = MigrationRow(migration, appliedAt: now)
            try db.execute(
                sql: "INSERT INTO schema_migrations (version, name, applied_at, mac) VALUES (?, ?, ?, ?)",
                arguments: [row.version, row.name, row.appliedAt, authenticator.map { _ in Data(count: 32) }])
        }
        var sum = RowMAC.zero
        var counts: [Int64] = []
        for table in VaultTable.allCases where table != .vault {
            let rowIDs = try Int64.fetchAll(db, sql: "SELECT rowid FROM \(table.rawValue)")
            counts.append(Int64(rowIDs.count))
            guard let authenticator else { continue }
            for rowID in rowIDs {
                let found = try BoundStatement(
                    db, "SELECT * FROM \(table.rawValue) WHERE rowid = ?", [rowID.databaseValue])
                let canonical = try found.withFirst { row in try CanonicalRow(table: table, stored: row) }
                guard let canonical else { continue }
                let code = try authenticator.integrityKey.code(ofRow: canonical.bytes)
                sum += code
                try db.cachedStatement(sql: "UPDATE \(table.rawValue) SET mac = ? WHERE rowid = ?")
                    .execute(arguments: [Data(code.bytes), rowID])
            }
        }
        guard var vault = try BoundStatement(db, "SELECT * FROM vault").withFirst(VaultRow.init) else { return }
        vault.format = version
        vault.counts = counts
        try VaultTransaction.replace(vault, sum: sum, db, authenticator: authenticator)
    }
}
