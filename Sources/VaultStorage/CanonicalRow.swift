import EnvelopeCrypto
import Foundation
import GRDB

/// The bytes of a row that its code covers: the table's name, then every column but `head` and `mac`, in the schema's order.
///
/// The name is a 4-byte big-endian length and UTF-8. Each column is a byte for its storage class (0 null, 1 integer,
/// 2 text, 3 blob), a 4-byte big-endian length and the value: integers as 8 bytes big-endian, text as UTF-8.
struct CanonicalRow {
    private(set) var bytes: [UInt8]

    /// Columns that hold a code themselves.
    static let uncovered: Set<String> = ["head", "mac"]

    init(table: VaultTable, values: some Sequence<(name: String, value: DatabaseValue)>) throws(StorageError) {
        bytes = []
        bytes.reserveCapacity(768)
        bytes.appendField(table.rawValue.utf8)
        for (name, value) in values where !Self.uncovered.contains(name) { try append(value, of: name, in: table) }
    }

    /// The canonical form of a fetched row that has all the table's columns.
    init(table: VaultTable, row: Row) throws(StorageError) {
        try self.init(table: table, values: row.lazy.map { (name: $0.0, value: $0.1) })
    }

    private mutating func append(_ value: DatabaseValue, of name: String, in table: VaultTable) throws(StorageError) {
        switch value.storage {
        case .null:
            bytes.append(0)
            bytes.appendBigEndian(UInt32(0))
        case .int64(let integer):
            bytes.append(1)
            bytes.appendBigEndian(UInt32(8))
            bytes.appendBigEndian(integer)
        case .string(let text):
            bytes.append(2)
            bytes.appendField(text.utf8)
        case .blob(let data):
            bytes.append(3)
            bytes.appendField(data)
        case .double:
            throw StorageError(.authenticationFailed, "column \(name) of \(table.rawValue) holds a fraction")
        }
    }
}

/// The tables whose rows are authenticated, in the order of the head's counts; `vault` comes last and has one row.
package enum VaultTable: String, CaseIterable, Sendable {
    case migrations = "schema_migrations"
    case dataKeys = "data_keys"
    case privateKeys = "private_keys"
    case jobs
    case vault
}
