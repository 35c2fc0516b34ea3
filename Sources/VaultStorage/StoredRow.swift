import EnvelopeCrypto
import Foundation
package import GRDB

/// A row of one of the vault's tables, as a value.
package protocol StoredRow: Sendable {
    static var table: VaultTable { get }
    /// The primary key's column.
    static var keyColumn: String { get }
    /// Every column but `head` and `mac`, in the schema's order.
    var columns: [(name: String, value: DatabaseValue)] { get }

    init(row: Row) throws(StorageError)
}

extension StoredRow {
    var key: DatabaseValue { columns.first { $0.name == Self.keyColumn }?.value ?? .null }

    func canonical() throws(StorageError) -> CanonicalRow { try CanonicalRow(table: Self.table, values: columns) }
}

/// Reads columns of a row strictly: the storage class must be the one that the schema has.
struct ColumnReader {
    let row: Row
    let table: VaultTable

    func integer(_ name: String) throws(StorageError) -> Int64 {
        guard case .int64(let value)? = value(name)?.storage else { throw damaged(name) }
        return value
    }

    func text(_ name: String) throws(StorageError) -> String {
        guard case .string(let value)? = value(name)?.storage else { throw damaged(name) }
        return value
    }

    func blob(_ name: String) throws(StorageError) -> [UInt8] {
        guard case .blob(let value)? = value(name)?.storage else { throw damaged(name) }
        return [UInt8](value)
    }

    func id(_ name: String) throws(StorageError) -> UUIDBytes {
        guard let id = UUIDBytes(bytes: try blob(name)) else { throw damaged(name) }
        return id
    }

    func optional<T>(
        _ name: String, _ read: (String) throws(StorageError) -> T
    ) throws(StorageError) -> T? {
        guard let value = value(name) else { throw damaged(name) }
        return value.isNull ? nil : try read(name)
    }

    func mac() throws(StorageError) -> RowMAC? {
        guard let bytes = try optional("mac", blob) else { return nil }
        guard let mac = RowMAC(bytes: bytes) else { throw damaged("mac") }
        return mac
    }

    func damaged(_ name: String) -> StorageError {
        StorageError(.notAVault, "column \(name) of table \(table.rawValue) is damaged; restore a backup")
    }

    private func value(_ name: String) -> DatabaseValue? { row[name] as DatabaseValue? }
}

extension [UInt8] {
    var databaseBlob: DatabaseValue { Data(self).databaseValue }
}
