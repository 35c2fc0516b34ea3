import GRDB

/// Why the vault's file could not be read or written. Equal when the codes are equal.
public struct StorageError: Error, Equatable, Sendable {
    /// What kind of failure; codes can be added without breaking users.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code's stable name.
        public let rawValue: String
        /// A code by name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is no such file.
        public static let fileMissing = Code(rawValue: "vault-missing")
        /// A file is there already.
        public static let fileExists = Code(rawValue: "vault-exists")
        /// The file is no vault, or its structure is damaged.
        public static let notAVault = Code(rawValue: "not-a-vault")
        /// The schema is newer than this program knows.
        public static let newerSchema = Code(rawValue: "newer-schema")
        /// The schema is older; it is upgraded only on request.
        public static let olderSchema = Code(rawValue: "older-schema")
        /// Permissions, owner or a read-only file forbid the access.
        public static let accessDenied = Code(rawValue: "file-access")
        /// The file lies on a network file system.
        public static let networkFileSystem = Code(rawValue: "network-file-system")
        /// Another process holds the vault too long, or has it open.
        public static let busy = Code(rawValue: "busy")
        /// The disk is full.
        public static let diskFull = Code(rawValue: "disk-full")
        /// Reading or writing failed.
        public static let inputOutput = Code(rawValue: "input-output")
        /// A row, the head or the schema does not authenticate.
        public static let authenticationFailed = Code(rawValue: "authentication-failed")
        /// A key of this id is in the vault.
        public static let duplicateKey = Code(rawValue: "duplicate-key")
        /// A key of this name is in the vault.
        public static let duplicateName = Code(rawValue: "duplicate-name")
        /// A row that was there is gone or was changed meanwhile by another caller.
        public static let conflict = Code(rawValue: "conflict")
        /// The vault was closed in this process.
        public static let closed = Code(rawValue: "closed")
        /// The calling task was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
    }

    /// What kind of failure.
    public let code: Code
    /// One sentence: what was wanted, what was found, what to do.
    public let message: String
    /// SQLite's extended result code, where SQLite failed.
    public let sqliteCode: Int32?

    init(_ code: Code, _ message: String, sqliteCode: Int32? = nil) {
        self.code = code
        self.message = message
        self.sqliteCode = sqliteCode
    }

    /// Equal when the codes are equal.
    public static func == (left: StorageError, right: StorageError) -> Bool { left.code == right.code }
}

extension StorageError {
    /// The error of this room for whatever a database closure threw.
    init(_ error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the operation was cancelled")
        default: self.init(.inputOutput, "the vault's database failed: \(error)")
        }
    }

    private init(_ error: DatabaseError) {
        let sqliteCode = error.extendedResultCode.rawValue
        let text = error.message ?? "no message"
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_PRIMARYKEY where text.contains("private_keys.key_id"):
            self.init(.duplicateKey, "a key with this id is in the vault already", sqliteCode: sqliteCode)
            return
        case .SQLITE_CONSTRAINT_UNIQUE where text.contains("private_keys.name"):
            self.init(
                .duplicateName, "a key with this name is in the vault already; choose another name",
                sqliteCode: sqliteCode)
            return
        case .SQLITE_IOERR_SHMSIZE:
            // The file that connections share found no room.
            self.init(.diskFull, "the disk that holds the vault is full; free some space", sqliteCode: sqliteCode)
            return
        default: break
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, "another process holds the vault; run the command again", sqliteCode: sqliteCode)
        case .SQLITE_FULL:
            self.init(
                .diskFull, "the disk that holds the vault is full; nothing was changed, free some space",
                sqliteCode: sqliteCode)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.accessDenied, "the vault cannot be written: \(text)", sqliteCode: sqliteCode)
        case .SQLITE_CANTOPEN:
            self.init(.accessDenied, "the vault or a file beside it cannot be opened: \(text)", sqliteCode: sqliteCode)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self.init(
                .notAVault, "the vault's file is damaged: \(text); restore a backup", sqliteCode: sqliteCode)
        case .SQLITE_CONSTRAINT:
            self.init(.notAVault, "the vault refuses the row: \(text)", sqliteCode: sqliteCode)
        default:
            self.init(.inputOutput, "the vault's database failed: \(text)", sqliteCode: sqliteCode)
        }
    }
}
