import EnvelopeCrypto
import Foundation
import GRDB
import GRDBSQLite

/// The bytes of a row that its code covers: the table's name, then every column but `head` and `mac`, in the schema's order.
///
/// The name is a 4-byte big-endian length and UTF-8. Each column is a byte for its storage class (0 null, 1 integer,
/// 2 text, 3 blob), a 4-byte big-endian length and the value: integers as 8 bytes big-endian, text as UTF-8.
struct CanonicalRow {
    private(set) var bytes: [UInt8]

    /// Columns that hold a code themselves.
    static let uncovered = ["head", "mac"]

    init(table: VaultTable, values: some Sequence<(name: String, value: DatabaseValue)>) throws(StorageError) {
        bytes = []
        bytes.reserveCapacity(768)
        bytes.appendField(table.rawValue.utf8)
        for (name, value) in values where !Self.uncovered.contains(name) { try append(value, of: name, in: table) }
    }

    /// The canonical form of a row that has all the table's columns, its texts as they are stored, whatever their UTF-8.
    init(table: VaultTable, stored row: CursorRow) throws(StorageError) {
        bytes = []
        bytes.reserveCapacity(768)
        bytes.appendField(table.rawValue.utf8)
        for (index, name) in row.names.enumerated() where !Self.uncovered.contains(name) {
            switch row.storageClass(at: index) {
            case SQLITE_TEXT: row.withBytes(at: index) { append(text: $0) }
            case SQLITE_BLOB: row.withBytes(at: index) { append(blob: $0) }
            default: try append(row.value(at: index), of: name, in: table)
            }
        }
    }

    private mutating func append(blob: some Collection<UInt8>) {
        bytes.append(3)
        bytes.appendField(blob)
    }

    private mutating func append(text: some Collection<UInt8>) {
        bytes.append(2)
        bytes.appendField(text)
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
            guard !text.utf8.contains(0) else {
                throw StorageError(.notAVault, "column \(name) of \(table.rawValue) cannot hold a NUL character")
            }
            append(text: text.utf8)
        case .blob(let data): data.withUnsafeBytes { append(blob: $0) }
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
