package import EnvelopeCrypto
package import GRDB

/// A row of table `data_keys`.
package struct DataKeyRow: StoredRow, Equatable {
    package static let table = VaultTable.dataKeys
    package static let keyColumn = "id"

    package var id: UUIDBytes
    /// The ARN that KMS answered.
    package var wrapperKey: String
    package var keyMaterialID: String?
    package var wrapped: [UInt8]
    package var binding: [UInt8]
    /// Records ever sealed under it.
    package var sealedCount: Int64
    /// Microseconds since 1970 UTC.
    package var createdAt: Int64
    package var rewrappedAt: Int64?

    package init(
        id: UUIDBytes, wrapperKey: String, keyMaterialID: String?, wrapped: [UInt8], binding: [UInt8],
        sealedCount: Int64, createdAt: Int64, rewrappedAt: Int64?
    ) {
        self.id = id
        self.wrapperKey = wrapperKey
        self.keyMaterialID = keyMaterialID
        self.wrapped = wrapped
        self.binding = binding
        self.sealedCount = sealedCount
        self.createdAt = createdAt
        self.rewrappedAt = rewrappedAt
    }

    package init(row: CursorRow) throws(StorageError) {
        let read = ColumnReader(row: row, table: Self.table)
        id = try read.id("id")
        wrapperKey = try read.text("wrapper_key")
        keyMaterialID = try read.optional("key_material_id", read.text)
        wrapped = try read.blob("wrapped")
        binding = try read.blob("binding")
        sealedCount = try read.integer("sealed_count")
        createdAt = try read.integer("created_at")
        rewrappedAt = try read.optional("rewrapped_at", read.integer)
    }

    package var columns: [(name: String, value: DatabaseValue)] {
        [
            ("id", id.bytes.databaseBlob), ("wrapper_key", wrapperKey.databaseValue),
            ("key_material_id", keyMaterialID.databaseValue), ("wrapped", wrapped.databaseBlob),
            ("binding", binding.databaseBlob), ("sealed_count", sealedCount.databaseValue),
            ("created_at", createdAt.databaseValue), ("rewrapped_at", rewrappedAt.databaseValue),
        ]
    }
}
