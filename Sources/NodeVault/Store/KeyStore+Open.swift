import EnvelopeCrypto
public import KMSAudit
import KeyManagement
import Logging
import SecretMemory
import VaultStorage

extension KeyStore {
    /// Opens a vault.
    ///
    /// The vault's own row, its head, and, up to ``KeyStoreOptions/foregroundCheckRows`` rows, every row are checked before
    /// this returns; a larger vault is checked in the background, and every use fails once that has found something.
    ///
    /// - Parameters:
    ///   - path: the vault's file.
    ///   - kms: needed for an encrypted vault; nil for a clear one.
    ///   - options: how the key store behaves.
    ///   - upgrade: brings a vault of an older schema to this one, after a copy was set aside.
    /// - Throws: ``VaultError`` whose code says what was refused; the vault is then as it was.
    public static func open(
        at path: String, kms: AuditedKMS?, options: KeyStoreOptions = KeyStoreOptions(), upgrade: Bool = false
    ) async throws(VaultError) -> KeyStore {
        try prepareSecretMemory(options)
        let file = VaultFile(path: path, permissions: options.permissions)
        return try await mapped("open") {
            let database: VaultDatabase
            do { database = try await opened(file) } catch let error as StorageError {
                guard upgrade, error.code == .olderSchema else { throw error }
                try await self.upgrade(at: path, kms: kms, options: options)
                database = try await opened(file)
            }
            let found = try await database.read { db in try VaultReader(db, authenticator: nil).vault() }
            let authenticator = try await authenticator(for: found, kms: kms, options: options)
            // What was found is believed from here on only.
            let vault = try await database.read { db in try VaultReader(db, authenticator: authenticator).vault() }
            try checkEpoch(vault.epoch, options)
            let store = KeyStore(
                database: database, vault: vault, kms: kms, authenticator: authenticator, options: options)
            try await store.checkRows(of: vault)
            try store.warnOfTrust(vault)
            if options.watchesChanges {
                store.attach(try database.monitorChanges { [weak store] in store?.noticeChange() })
            }
            if options.preloadsDataKeys { try await store.preloadDataKeys() }
            return store
        }
    }

    static func checkEpoch(_ epoch: Int64, _ options: KeyStoreOptions) throws(VaultError) {
        guard let minimum = options.minimumEpoch, epoch < minimum else { return }
        throw VaultError(
            .authenticationFailed, operation: "open",
            message: "the vault has epoch \(epoch), and \(minimum) was seen before: this is an older copy",
            hint: "find the vault that was written last")
    }

    private static func opened(_ file: VaultFile) async throws(StorageError) -> VaultDatabase {
        try await onBlockingThread { () throws(StorageError) in try VaultDatabase(opening: file) }
    }

    /// The authenticator of an encrypted vault, by unwrapping its integrity key; nil for a clear vault.
    static func authenticator(
        for vault: VaultRow, kms: AuditedKMS?, options: KeyStoreOptions
    ) async throws -> RowAuthenticator? {
        guard let encryption = vault.encryption else {
            guard kms == nil else {
                throw VaultError(
                    .notEncrypted, operation: "open",
                    message: "the configuration asks for encryption, and the vault is clear: anyone who reads its file "
                        + "has its keys", hint: "remove private-key-store.encryption, or make a new vault and import")
            }
            options.logger.warning(
                "the vault of \(vault.node) is clear: its keys lie unencrypted in its file, and nothing is authenticated"
            )
            return nil
        }
        guard let kms else {
            throw VaultError(
                .configuration, operation: "open", message: "the vault is encrypted, and no KMS is configured",
                hint: "add crypto.kms and private-key-store.encryption.type = kms to the configuration")
        }
        let wrapperKey = try wrapperKeyID(encryption.integrityWrapperKey, "open")
        try check(
            wrapperKey, for: .unwrap, isTrustedBy: options.trust,
            pinned: try await pinnedAccount(options, toTrust: wrapperKey, kms), operation: "open")
        let wrapped = WrappedDataKey(
            ciphertext: encryption.integrityWrapped, wrapperKey: wrapperKey,
            keyMaterialID: encryption.integrityMaterialID)
        let context = EncryptionContext(vault: vault.id, key: encryption.integrityKeyID, use: .integrity)
        let unwrapped = try await kms.unwrap(wrapped, context: context)
        try check(unwrapped.wrapperKey, isAnswerFor: wrapped.wrapperKey, operation: "open")
        return RowAuthenticator(
            vaultID: vault.id, integrityKey: try IntegrityKey(bytes: unwrapped.takePlaintext()))
    }

    static func wrapperKeyID(_ text: String, _ operation: String) throws(VaultError) -> WrapperKeyID {
        guard let id = WrapperKeyID(rawValue: text) else {
            throw VaultError(
                .authenticationFailed, operation: operation,
                message: "the vault's record of its wrapper key is damaged",
                hint: "restore a backup")
        }
        return id
    }

    private func checkRows(of vault: VaultRow) async throws {
        guard let authenticator else { return }
        if vault.counts.reduce(0, +) <= options.foregroundCheckRows {
            try await checkWholeSum(authenticator)
        } else if options.foregroundCheckRows > 0 {
            Task.detached { [weak self] in
                do { try await self?.checkWholeSum(authenticator) } catch {
                    let failure = VaultError(error, operation: "verify")
                    self?.options.logger.critical("\(failure.message)")
                    self?.fail(failure)
                }
            }
        }
    }

    private func checkWholeSum(_ authenticator: RowAuthenticator) async throws {
        let check = try await database.read { db in try IntegrityCheck(db, authenticator: authenticator) }
        guard check.isPassed else {
            throw VaultError(
                .authenticationFailed, operation: "open",
                message: check.forgedRows.isEmpty
                    ? "the vault's rows do not fit its head: a row was removed, added again or replaced by an older one"
                    : "\(check.forgedRows.count) of the vault's rows were changed by somebody else than its owner",
                hint: "run nodevault verify, and restore a backup")
        }
    }

    /// What the configuration pins against what the vault says, and whether anything restricts the accounts.
    private func warnOfTrust(_ vault: VaultRow) throws {
        guard let wrapperKey = vault.encryption?.wrapperKey else { return }
        if !options.trust.isGiven {
            options.logger.warning(
                """
                no wrapper key is pinned and no account is trusted by name: set encryption.wrapper-key-id or \
                encryption.trusted-accounts, so that a planted vault cannot lead keys into another account
                """)
        }
        if let pinned = options.trust.pinned, !pinned.isAlias,
            pinned.keyID != (try Self.wrapperKeyID(wrapperKey, "open")).keyID
        {
            options.logger.warning(
                """
                the configuration pins wrapper key \(pinned) and the vault's record says \(wrapperKey): the record \
                decides; change wrapper-key-id in the configuration
                """)
        }
    }

    /// Another connection has committed: keys whose rows are gone or changed leave the cache.
    private func noticeChange() {
        let authenticator = authenticator
        let database = database
        dropDeletedDataKeys()
        privateKeys.keep { row in
            let current = try? database.read { db in
                try VaultReader(db, authenticator: authenticator).privateKey(row.keyID)
            }
            return current == row
        }
    }
}

// MARK: - Schema

extension KeyStore {
    /// Brings a vault of an older schema to this program's, after a copy was set aside as `FILE.before-vN`.
    ///
    /// - Returns: the schema before and after, and the copy's path; nil when nothing was to be done.
    /// - Throws: ``VaultError`` `busy` while another process has the vault open.
    @discardableResult
    public static func upgrade(
        at path: String, kms: AuditedKMS?, options: KeyStoreOptions = KeyStoreOptions()
    ) async throws(VaultError) -> SchemaUpgrade {
        try prepareSecretMemory(options)
        let file = VaultFile(path: path, permissions: options.permissions)
        return try await mapped("upgrade") {
            let upgrade = try await onBlockingThread { () throws(StorageError) in try VaultUpgrade(file) }
            defer { try? upgrade.close() }
            let authenticator = try await authenticator(for: upgrade.vault, kms: kms, options: options)
            try checkEpoch(upgrade.vault.epoch, options)
            let now = microsecondsSince1970()
            let copy = try await onBlockingThread { () throws(StorageError) in
                try upgrade.apply(now: now, authenticator: authenticator)
            }
            return SchemaUpgrade(from: upgrade.from, to: upgrade.to, setAside: copy)
        }
    }
}

/// What an upgrade of the schema did.
public struct SchemaUpgrade: Sendable, Equatable {
    /// The schema before.
    public let from: Int64
    /// The schema now.
    public let to: Int64
    /// The copy of the vault as it was, nil when it had this schema already.
    public let setAside: String?
}
