package import EnvelopeCrypto
import GRDB

/// Checks and makes the codes of rows with a vault's integrity key.
package final class RowAuthenticator: Sendable {
    package let vaultID: UUIDBytes
    package let integrityKey: IntegrityKey

    package init(vaultID: UUIDBytes, integrityKey: consuming IntegrityKey) {
        self.vaultID = vaultID
        self.integrityKey = integrityKey
    }

    /// The code of a row with these columns.
    func code(of table: VaultTable, _ columns: [(name: String, value: DatabaseValue)]) throws(StorageError) -> RowCode {
        try code(of: CanonicalRow(table: table, values: columns))
    }

    /// Compares a row under a cursor, all columns of it, with its code, and answers the code.
    ///
    /// - Throws: ``StorageError`` `.authenticationFailed` when they differ.
    @discardableResult
    func check(_ row: CursorRow, in table: VaultTable) throws(StorageError) -> RowCode {
        let code = try code(of: CanonicalRow(table: table, stored: row))
        guard try ColumnReader(row: row, table: table).mac() == code.mac else {
            throw StorageError(
                .authenticationFailed,
                "a row of table \(table.rawValue) was changed by somebody else than this vault's owner; "
                    + "run nodevault verify, and restore a backup")
        }
        return code
    }

    private func code(of canonical: CanonicalRow) throws(StorageError) -> RowCode {
        do { return try integrityKey.code(ofRow: canonical.bytes) } catch { throw .crypto(error) }
    }

    func sealedHead(_ head: VaultHead) throws(StorageError) -> [UInt8] {
        do { return try head.sealed(vault: vaultID, under: integrityKey) } catch { throw .crypto(error) }
    }

    /// Opens the head that a vault row carries.
    func head(of row: CursorRow, _ vault: VaultRow) throws(StorageError) -> VaultHead {
        let sealed = try ColumnReader(row: row, table: .vault).blob("head")
        do {
            return try VaultHead.open(
                sealed, vault: vaultID, epoch: vault.epoch, counts: vault.counts, under: integrityKey)
        } catch { throw .crypto(error) }
    }
}

extension StorageError {
    static func crypto(_ error: EnvelopeError) -> StorageError {
        switch error {
        case .authenticationFailed:
            StorageError(
                .authenticationFailed,
                "the vault's head does not authenticate; run nodevault verify, and restore a backup")
        default: StorageError(.inputOutput, "cryptography failed: \(error)")
        }
    }
}
