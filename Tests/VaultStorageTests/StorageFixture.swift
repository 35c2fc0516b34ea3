import EnvelopeCrypto
import GRDB
import KMSConformance
import Migrations
import SecretMemory
import Testing
import VaultTestSupport

@testable import VaultStorage

/// A folder with the file of a vault in it, whose integrity key the test knows.
struct StorageFixture: Sendable {
    let folder: TemporaryFolder
    /// Nil for a clear vault.
    let authenticator: RowAuthenticator?
    let vault: VaultRow

    var path: String { folder.file("vault") }
    var file: VaultFile { VaultFile(path: path) }

    /// Makes the vault of the first `schema`.
    init(isEncrypted: Bool = true, schema: Schema = Schema()) throws {
        folder = try TemporaryFolder()
        let id = try UUIDBytes.random()
        authenticator =
            isEncrypted
            ? RowAuthenticator(vaultID: id, integrityKey: try IntegrityKey(bytes: .random(count: 32))) : nil
        vault = Self.vaultRow(id: id, isEncrypted: isEncrypted, format: schema.version)
        try VaultDatabase.create(
            VaultFile(path: folder.file("vault")), vault: vault, authenticator: authenticator, schema: schema, now: 1)
    }

    static func vaultRow(id: UUIDBytes, isEncrypted: Bool = true, format: Int64 = 1) -> VaultRow {
        let encryption = VaultRow.Encryption(
            wrapperKey: "arn:wrapper", createdWrapperKey: false, activeDataKey: nil, integrityKeyID: id,
            integrityWrapperKey: "arn:wrapper", integrityMaterialID: nil, integrityWrapped: [1, 2, 3])
        return VaultRow(
            id: id, format: format, node: "participants.p", createdAt: 1, encryption: isEncrypted ? encryption : nil)
    }

    func open(schema: Schema = Schema()) throws(StorageError) -> VaultDatabase {
        try VaultDatabase(opening: file, schema: schema)
    }

    /// The error of opening; nil when it opens.
    func refusal(schema: Schema = Schema(), permissions: FilePermissions = .owner) -> StorageError? {
        do throws(StorageError) {
            try VaultDatabase(opening: VaultFile(path: path, permissions: permissions), schema: schema).close()
            return nil
        } catch { return error }
    }

    func independent(obeysConstraints: Bool = false) throws -> IndependentDatabase {
        try IndependentDatabase(path, obeysConstraints: obeysConstraints)
    }

    /// Runs one change of the vault.
    func change(
        _ database: VaultDatabase, _ body: (inout VaultTransaction) throws -> Void
    ) throws(StorageError) {
        try database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            try body(&transaction)
            try transaction.finish()
        }
    }

    /// Fills the vault: a data key, a private key and a job.
    func fill(_ database: VaultDatabase, number: UInt8 = 1) throws {
        let dataKey = try Self.dataKeyRow()
        try change(database) { transaction in
            try transaction.insert(dataKey)
            try transaction.insert(Self.privateKeyRow(number, under: dataKey.id))
            try transaction.insert(Self.jobRow())
        }
    }

    func check(_ database: VaultDatabase) throws -> IntegrityCheck {
        let authenticator = try #require(authenticator)
        return try database.read { db in try IntegrityCheck(db, authenticator: authenticator) }
    }

    static func dataKeyRow() throws -> DataKeyRow {
        DataKeyRow(
            id: try .random(), wrapperKey: "arn:wrapper", keyMaterialID: "m", wrapped: [1, 2, 3],
            binding: [UInt8](repeating: 7, count: 32), sealedCount: 0, createdAt: 1, rewrappedAt: nil)
    }

    static func privateKeyRow(_ number: UInt8, under dataKey: UUIDBytes, name: String? = nil) -> PrivateKeyRow {
        PrivateKeyRow(
            keyID: "1220" + [UInt8](repeating: number, count: 32).hex, dataKeyID: dataKey, purpose: 0,
            scheme: "ed25519", usages: [0, 3], name: name, createdAt: 1, publicKey: [48, 1],
            sealed: [UInt8](repeating: number, count: 160))
    }

    static func jobRow() throws -> JobRow {
        var row = JobRow(
            id: try .random(), kind: .rewrap, source: "arn:wrapper", target: "arn:other", scope: "all",
            plan: [try .random(), try .random()], fence: try .random(), total: 1, createdAt: 1)
        row.checkpoint = try .random()
        row.done = 1
        row.updatedAt = 2
        row.state = .done
        return row
    }
}
