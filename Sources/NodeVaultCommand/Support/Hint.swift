/// What to do about an error, where the part that failed did not say it.
enum Hint {
    static func `for`(_ code: String, _ status: CommandError.ExitStatus) -> String {
        hints[code] ?? hint(status)
    }

    private static let hints = [
        "cancelled": "run the command again: what was finished stays, the rest is done then",
        "wrong-passphrase": "try again; a damaged file is restored from a backup",
        "duplicate-key": "nodevault key list shows the keys",
        "configuration": "correct the configuration; docs/configuration.md lists its keys",
        "kms-file-damaged": "restore the key file, and the machine key that belongs to it, from a backup",
        "kms-file-access": "run the command as the file's owner, and check its folder's permissions",
        "file-access": "run the command as the file's owner, and check its folder's permissions",
        "audit-unavailable": "make the audit log writable, or name another file in KMS_LOG_FILE_NAME",
        "disk-full": "free some space, and run the command again",
        "malformed-key": "give a file with one private key: PKCS#8, SEC1 or PKCS#1, in PEM or DER",
        "too-large": "give a file with one private key",
        "wrapper-key-not-found": "name a wrapper key that exists, and check kms.key-file or the region",
        "invalid-ciphertext": "run nodevault verify, and restore a backup",
        "authentication-failed": "run nodevault verify, and restore a backup",
        "not-a-vault": "check private-key-store.storage.file, or restore a backup",
    ]

    private static func hint(_ status: CommandError.ExitStatus) -> String {
        switch status {
        case .failed: "nodevault status shows what the vault says of itself"
        case .usage: "nodevault --help shows how the command is used"
        case .doesNotVerify: "check that the right file is named, or restore a backup"
        case .inputMissing: "check the path"
        case .unavailable: "run the command again when the KMS can be reached"
        case .outputExists: "choose another file"
        case .inputOutput: "check the disk and the permissions"
        case .tryAgain: "run the command again"
        case .accessDenied: "check who may do this"
        case .configuration: "correct the configuration; docs/configuration.md lists its keys"
        }
    }
}
