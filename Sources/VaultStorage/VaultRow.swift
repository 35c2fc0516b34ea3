package import EnvelopeCrypto
package import GRDB

/// The one row of table `vault`.
package struct VaultRow: StoredRow, Equatable {
    package static let table = VaultTable.vault
    package static let keyColumn = "singleton"

    package var id: UUIDBytes
    /// The schema's version.
    package var format: Int64
    /// The node that the vault belongs to: `participants.participant1`.
    package var node: String
    /// Microseconds since 1970 UTC.
    package var createdAt: Int64
    /// What an encrypted vault has besides; nil for a clear one.
    package var encryption: Encryption?
    package var epoch: Int64
    /// In the order of ``VaultTable``, without `vault` itself.
    package var counts: [Int64]

    package struct Encryption: Equatable, Sendable {
        /// The ARN that new wrappings go under.
        package var wrapperKey: String
        /// Whether the vault made that wrapper key itself.
        package var createdWrapperKey: Bool
        package var activeDataKey: UUIDBytes?
        package var integrityKeyID: UUIDBytes
        package var integrityWrapperKey: String
        package var integrityMaterialID: String?
        package var integrityWrapped: [UInt8]

        package init(
            wrapperKey: String, createdWrapperKey: Bool, activeDataKey: UUIDBytes?, integrityKeyID: UUIDBytes,
            integrityWrapperKey: String,
            integrityMaterialID: String?, integrityWrapped: [UInt8]
        ) {
            self.wrapperKey = wrapperKey
            self.createdWrapperKey = createdWrapperKey
            self.activeDataKey = activeDataKey
            self.integrityKeyID = integrityKeyID
            self.integrityWrapperKey = integrityWrapperKey
            self.integrityMaterialID = integrityMaterialID
            self.integrityWrapped = integrityWrapped
        }
    }

    /// The row of a new vault.
    package init(id: UUIDBytes, format: Int64, node: String, createdAt: Int64, encryption: Encryption?) {
        self.id = id
        self.format = format
        self.node = node
        self.createdAt = createdAt
        self.encryption = encryption
        epoch = 0
        counts = [0, 0, 0, 0]
    }

    package init(row: CursorRow) throws(StorageError) {
        let read = ColumnReader(row: row, table: Self.table)
        id = try read.id("id")
        format = try read.integer("format")
        node = try read.text("node")
        createdAt = try read.integer("created_at")
        epoch = try read.integer("epoch")
        counts = [
            try read.integer("migration_count"), try read.integer("data_key_count"),
            try read.integer("private_key_count"), try read.integer("job_count"),
        ]
        guard let wrapperKey = try read.optional("wrapper_key", read.text) else {
            encryption = nil
            return
        }
        encryption = Encryption(
            wrapperKey: wrapperKey, createdWrapperKey: try read.integer("wrapper_key_created") == 1,
            activeDataKey: try read.optional("active_data_key", read.id),
            integrityKeyID: try read.id("integrity_key_id"),
            integrityWrapperKey: try read.text("integrity_wrapper_key"),
            integrityMaterialID: try read.optional("integrity_material_id", read.text),
            integrityWrapped: try read.blob("integrity_wrapped"))
    }

    package var columns: [(name: String, value: DatabaseValue)] {
        [
            ("singleton", 1.databaseValue), ("id", id.bytes.databaseBlob), ("format", format.databaseValue),
            ("node", node.databaseValue), ("created_at", createdAt.databaseValue),
            ("wrapper_key", (encryption?.wrapperKey).databaseValue),
            ("wrapper_key_created", (encryption?.createdWrapperKey).map { $0 ? 1 : 0 }.databaseValue),
            ("active_data_key", encryption?.activeDataKey?.bytes.databaseBlob ?? .null),
            ("integrity_key_id", encryption?.integrityKeyID.bytes.databaseBlob ?? .null),
            ("integrity_wrapper_key", (encryption?.integrityWrapperKey).databaseValue),
            ("integrity_material_id", (encryption?.integrityMaterialID).databaseValue),
            ("integrity_wrapped", encryption?.integrityWrapped.databaseBlob ?? .null),
            ("epoch", epoch.databaseValue), ("migration_count", counts[0].databaseValue),
            ("data_key_count", counts[1].databaseValue), ("private_key_count", counts[2].databaseValue),
            ("job_count", counts[3].databaseValue),
        ]
    }
}
