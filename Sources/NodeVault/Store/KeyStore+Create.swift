import EnvelopeCrypto
public import KMSAudit
public import KeyManagement
import SecretMemory
import VaultStorage

/// What making a vault answers.
public struct CreatedVault: Sendable {
    /// The vault, open.
    public let keys: KeyStore
    /// The wrapper key's ARN, nil for a clear vault.
    public let wrapperKey: WrapperKeyID?
    /// Whether the wrapper key was made on this occasion.
    public let createdWrapperKey: Bool
}

extension KeyStore {
    /// Makes a vault and opens it.
    ///
    /// The file appears whole or not at all. Without `wrapperKey` a wrapper key is created in the KMS; should the vault
    /// fail after that, the error names it.
    ///
    /// - Parameters:
    ///   - path: where the file is to be.
    ///   - node: `participants.participant1`, 1 to 300 characters.
    ///   - kms: nil makes a clear vault, whose keys lie unencrypted.
    ///   - wrapperKey: a key id, key ARN, alias or alias ARN.
    ///   - newWrapperKey: what a created wrapper key is, besides its description.
    ///   - options: how the key store behaves.
    public static func create(
        at path: String, node: String, kms: AuditedKMS?, wrapperKey: WrapperKeyID? = nil,
        newWrapperKey: WrapperKeyTemplate = WrapperKeyTemplate(), options: KeyStoreOptions = KeyStoreOptions()
    ) async throws(VaultError) -> CreatedVault {
        try prepareSecretMemory(options)
        let file = VaultFile(path: path, permissions: options.permissions)
        return try await mapped("init") {
            // Before a wrapper key is made for nothing.
            try file.checkAbsent()
            let id = try UUIDBytes.random()
            guard (1...300).contains(node.unicodeScalars.count), !node.unicodeScalars.contains("\0") else {
                throw VaultError(
                    .invalidArgument, operation: "init",
                    message: "a node's name has 1 to 300 characters, none of them NUL")
            }
            guard let kms else {
                try await make(file, VaultRow(id: id, format: 0, node: node, createdAt: 0, encryption: nil), nil)
                return CreatedVault(
                    keys: try await open(at: path, kms: nil, options: options), wrapperKey: nil,
                    createdWrapperKey: false)
            }
            let key = try await usableWrapperKey(
                wrapperKey, creating: newWrapperKey.request(vault: id, node: node), kms: kms, options: options)
            do {
                let (encryption, integrityKey) = try await newIntegrityKey(
                    vault: id, under: key, isNew: wrapperKey == nil, kms: kms, options: options)
                let authenticator = RowAuthenticator(
                    vaultID: id, integrityKey: try IntegrityKey(bytes: integrityKey.take()))
                let row = VaultRow(id: id, format: 0, node: node, createdAt: 0, encryption: encryption)
                try await make(file, row, authenticator)
            } catch {
                throw wrapperKey == nil ? naming(key, error) : error
            }
            do {
                let keys = try await open(at: path, kms: kms, options: options)
                return CreatedVault(keys: keys, wrapperKey: key, createdWrapperKey: wrapperKey == nil)
            } catch { throw afterMaking(path, error) }
        }
    }

    private static func make(_ file: VaultFile, _ row: VaultRow, _ authenticator: RowAuthenticator?) async throws {
        let now = microsecondsSince1970()
        try await onBlockingThread { () throws(StorageError) in
            let schema = Schema()
            var row = row
            row.format = schema.version
            row.createdAt = now
            try VaultDatabase.create(file, vault: row, authenticator: authenticator, schema: schema, now: now)
        }
    }

    private static func naming(_ created: WrapperKeyID, _ error: any Error) -> VaultError {
        let failure = VaultError(error, operation: "init")
        let hint =
            failure.code.rawValue == "vault-exists"
            ? "the wrapper key \(created) was created before, and nothing lies under it: schedule its deletion"
            : "the wrapper key \(created) was created before; name it as wrapper-key-id and run init again"
        return VaultError(
            failure.code, operation: "init", message: failure.message, hint: hint, cause: failure.cause)
    }

    private static func afterMaking(_ path: String, _ error: any Error) -> VaultError {
        let failure = VaultError(error, operation: "init")
        return VaultError(
            failure.code, operation: "init",
            message: "the vault \(path) was made and does not open: \(failure.message)",
            hint: failure.hint ?? "mend that and use it; init has done its work", cause: failure.cause)
    }

    /// The ARN of the wrapper key named, or of a new one; it must be enabled and of the kind that wraps data keys.
    private static func usableWrapperKey(
        _ named: WrapperKeyID?, creating request: CreateKeyRequest, kms: AuditedKMS, options: KeyStoreOptions
    ) async throws -> WrapperKeyID {
        guard let named else {
            let created = try await kms.createKey(request).arn
            do {
                try check(
                    created, for: .wrap, isTrustedBy: options.trust, pinned: .notNeeded, operation: "init")
                try await newKey(options) { try await kms.describeKey(created) }.checkUsable("init")
            } catch { throw naming(created, error) }
            return created
        }
        let found = try await kms.describeKey(named)
        try found.checkUsable("init")
        // An ARN names the account itself, whatever the KMS answers.
        let asksForPin = options.trust.pinned == named && named.account == nil
        try check(
            found.arn, for: .wrap, isTrustedBy: options.trust,
            pinned: asksForPin ? found.arn.account.map(PinnedAccount.known) ?? .unknown : .notNeeded, operation: "init")
        return found.arn
    }

    /// A fresh integrity key and what the vault's row keeps of it.
    private static func newIntegrityKey(
        vault: UUIDBytes, under key: WrapperKeyID, isNew: Bool, kms: AuditedKMS, options: KeyStoreOptions
    ) async throws -> (VaultRow.Encryption, SecretHandover) {
        let id = try UUIDBytes.random()
        let context = EncryptionContext(vault: vault, key: id, use: .integrity)
        let (wrapped, plaintext) = try await freshKey(
            under: key, context: context, kms: kms, source: options.dataKeySource)
        let encryption = VaultRow.Encryption(
            wrapperKey: key.rawValue, createdWrapperKey: isNew, activeDataKey: nil, integrityKeyID: id,
            integrityWrapperKey: wrapped.wrapperKey.rawValue, integrityMaterialID: wrapped.keyMaterialID,
            integrityWrapped: wrapped.ciphertext)
        return (encryption, plaintext)
    }

    /// 32 fresh bytes and their wrapping, from the KMS or from OpenSSL's private generator.
    static func freshKey(
        under key: WrapperKeyID, context: EncryptionContext, kms: AuditedKMS, source: KeyStoreOptions.DataKeySource
    ) async throws -> (WrappedDataKey, SecretHandover) {
        switch source {
        case .kms:
            let generated = try await kms.generateDataKey(under: key, context: context)
            let wrapped = generated.wrapped
            try check(wrapped.wrapperKey, isAnswerFor: key, operation: "generate")
            return (wrapped, SecretHandover(generated.takePlaintext()))
        case .local:
            let plaintext = try SecretBytes.random(count: DataKey.sizeInBytes)
            let wrapped = try await kms.wrap(plaintext, under: key, context: context).wrapped
            try check(wrapped.wrapperKey, isAnswerFor: key, operation: "wrap")
            return (wrapped, SecretHandover(plaintext))
        }
    }
}

/// How a wrapper key that the vault creates should be.
public struct WrapperKeyTemplate: Sendable, Equatable {
    /// Tags besides `CreatedBy`.
    public var tags: [String: String]
    /// Whether it can be replicated to other regions.
    public var isMultiRegion: Bool

    /// A template.
    public init(tags: [String: String] = [:], isMultiRegion: Bool = false) {
        self.tags = tags
        self.isMultiRegion = isMultiRegion
    }

    func request(vault: UUIDBytes, node: String) -> CreateKeyRequest {
        CreateKeyRequest(
            description: "NodeVault \(vault) of \(node)",
            tags: tags.merging(["CreatedBy": "NodeVault"]) { given, _ in given },
            isMultiRegion: isMultiRegion)
    }
}

extension KeyDescription {
    /// Refuses a key that cannot wrap data keys now.
    func checkUsable(_ operation: String) throws(VaultError) {
        guard state == .enabled else {
            throw VaultError(
                VaultError.Code(rawValue: state == .disabled ? "wrapper-key-disabled" : "wrapper-key-invalid-state"),
                operation: operation, message: "wrapper key \(arn) is in state \(state.rawValue)",
                hint: "enable it, or name another one")
        }
        guard keySpec == "SYMMETRIC_DEFAULT", keyUsage == "ENCRYPT_DECRYPT" else {
            throw VaultError(
                VaultError.Code(rawValue: "wrapper-key-invalid-usage"), operation: operation,
                message: "wrapper key \(arn) is of kind \(keySpec) for \(keyUsage)",
                hint: "name a symmetric key for encryption (SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT)")
        }
    }
}
