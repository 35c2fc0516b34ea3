package import EnvelopeCrypto
package import GRDB

/// A row of table `private_keys`, without the key of a clear row: that is read into secret memory only.
package struct PrivateKeyRow: StoredRow, Equatable {
    package static let table = VaultTable.privateKeys
    package static let keyColumn = "key_id"

    package var keyID: String
    /// Nil for a clear row.
    package var dataKeyID: UUIDBytes?
    package var purpose: UInt8
    package var scheme: String
    package var usages: [UInt8]
    package var name: String?
    /// Microseconds since 1970 UTC.
    package var createdAt: Int64
    package var publicKey: [UInt8]
    /// The sealed record; empty for a clear row.
    package var sealed: [UInt8]

    package init(
        keyID: String, dataKeyID: UUIDBytes?, purpose: UInt8, scheme: String, usages: [UInt8], name: String?,
        createdAt: Int64, publicKey: [UInt8], sealed: [UInt8]
    ) {
        self.keyID = keyID
        self.dataKeyID = dataKeyID
        self.purpose = purpose
        self.scheme = scheme
        self.usages = usages
        self.name = name
        self.createdAt = createdAt
        self.publicKey = publicKey
        self.sealed = sealed
    }

    package init(row: CursorRow) throws(StorageError) {
        let read = ColumnReader(row: row, table: Self.table)
        keyID = try read.text("key_id")
        dataKeyID = try read.optional("data_key_id", read.id)
        guard let purpose = UInt8(exactly: try read.integer("purpose")) else { throw read.damaged("purpose") }
        self.purpose = purpose
        scheme = try read.text("scheme")
        usages = try read.blob("usages")
        name = try read.optional("name", read.text)
        createdAt = try read.integer("created_at")
        publicKey = try read.blob("public_key")
        sealed = dataKeyID == nil ? [] : try read.blob("sealed")
    }

    package var columns: [(name: String, value: DatabaseValue)] {
        [
            ("key_id", keyID.databaseValue), ("data_key_id", dataKeyID?.bytes.databaseBlob ?? .null),
            ("purpose", Int64(purpose).databaseValue), ("scheme", scheme.databaseValue),
            ("usages", usages.databaseBlob), ("name", name.databaseValue), ("created_at", createdAt.databaseValue),
            ("public_key", publicKey.databaseBlob), ("sealed", sealed.databaseBlob),
        ]
    }
}
