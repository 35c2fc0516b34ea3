import EnvelopeCrypto
import Foundation
package import GRDB
import GRDBSQLite

/// A row of one of the vault's tables, as a value.
package protocol StoredRow: Sendable {
    static var table: VaultTable { get }
    /// The primary key's column.
    static var keyColumn: String { get }
    /// Every column but `head` and `mac`, in the schema's order.
    var columns: [(name: String, value: DatabaseValue)] { get }

    init(row: CursorRow) throws(StorageError)
}

extension StoredRow {
    var key: DatabaseValue { columns.first { $0.name == Self.keyColumn }?.value ?? .null }
}

/// Reads columns of a row strictly: the storage class must be the one that the schema has.
struct ColumnReader {
    let row: CursorRow
    let table: VaultTable

    func integer(_ name: String) throws(StorageError) -> Int64 {
        row.integer(at: try index(name, holding: SQLITE_INTEGER))
    }

    func text(_ name: String) throws(StorageError) -> String {
        row.text(at: try index(name, holding: SQLITE_TEXT))
    }

    func blob(_ name: String) throws(StorageError) -> [UInt8] {
        row.withBytes(at: try index(name, holding: SQLITE_BLOB)) { [UInt8]($0) }
    }

    func id(_ name: String) throws(StorageError) -> UUIDBytes {
        guard let id = UUIDBytes(bytes: try blob(name)) else { throw damaged(name) }
        return id
    }

    /// Ids one behind the other.
    func ids(_ name: String) throws(StorageError) -> [UUIDBytes] {
        let bytes = try blob(name)
        let ids = stride(from: 0, to: bytes.count, by: 16).compactMap { start in
            UUIDBytes(bytes: Array(bytes[start..<min(start + 16, bytes.count)]))
        }
        guard ids.count * 16 == bytes.count else { throw damaged(name) }
        return ids
    }

    func optional<T>(
        _ name: String, _ read: (String) throws(StorageError) -> T
    ) throws(StorageError) -> T? {
        guard let index = row.index(of: name) else { throw damaged(name) }
        return row.storageClass(at: index) == SQLITE_NULL ? nil : try read(name)
    }

    func mac() throws(StorageError) -> RowMAC? {
        guard let bytes = try optional("mac", blob) else { return nil }
        guard let mac = RowMAC(bytes: bytes) else { throw damaged("mac") }
        return mac
    }

    func damaged(_ name: String) -> StorageError {
        StorageError(.notAVault, "column \(name) of table \(table.rawValue) is damaged; restore a backup")
    }

    private func index(_ name: String, holding storageClass: Int32) throws(StorageError) -> Int {
        guard let index = row.index(of: name), row.storageClass(at: index) == storageClass else { throw damaged(name) }
        return index
    }
}

extension [UInt8] {
    var databaseBlob: DatabaseValue { Data(self).databaseValue }
}
