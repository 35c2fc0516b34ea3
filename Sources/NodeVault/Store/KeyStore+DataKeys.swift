import EnvelopeCrypto
import KMSAudit
import KeyManagement
import SecretMemory
import Tracing
import VaultStorage

extension KeyStore {
    /// A data key in plain, from the cache or by a KMS call; its binding is checked after every unwrap.
    func dataKey(holding id: UUIDBytes) async throws -> LeasedDataKey {
        try await dataKeys.dataKey(id, unwrap: unwrapping(id))
    }

    /// Unwraps a data key as its row stands then: a rewrap may have moved it since it was last unwrapped.
    private func unwrapping(_ id: UUIDBytes) -> DataKeyCache.Unwrap {
        { [weak self] in
            guard let self else { throw CancellationError() }
            return try await withSpan("nodevault.unwrap", ofKind: .client) { span in
                span.attributes["nodevault.vault"] = self.vaultID.description
                span.attributes["nodevault.data_key"] = id.description
                return try await self.unwrap(id)
            }
        }
    }

    private func unwrap(_ id: UUIDBytes) async throws -> LeasedDataKey {
        guard let kms, let authenticator else {
            throw VaultError(.notEncrypted, operation: "unwrap", message: "a clear vault has no data keys")
        }
        let row = try await database.read { db in try VaultReader(db, authenticator: authenticator).dataKey(id) }
        guard let row else {
            throw VaultError(
                .authenticationFailed, operation: "unwrap", message: "data key \(id) is missing from the vault",
                hint: "run nodevault verify, and restore a backup")
        }
        let wrapperKey = try Self.wrapperKeyID(row.wrapperKey, "unwrap")
        try await checkTrust(wrapperKey, for: .unwrap, operation: "unwrap")
        let wrapped = WrappedDataKey(
            ciphertext: row.wrapped, wrapperKey: wrapperKey, keyMaterialID: row.keyMaterialID)
        // Before the call: its age counts from here.
        let lifetime = lifetimeFromNow(id)
        let context = EncryptionContext(vault: vaultID, key: id, use: .dataKey)
        let unwrapped = try await kms.unwrap(wrapped, context: context)
        try Self.check(unwrapped.wrapperKey, isAnswerFor: wrapped.wrapperKey, operation: "unwrap")
        let dataKey = try DataKey(id: id, bytes: unwrapped.takePlaintext())
        let binding = try dataKey.binding(vault: vaultID, integrityKey: authenticator.integrityKey)
        guard isEqualInConstantTime(binding, row.binding) else {
            throw VaultError(
                .authenticationFailed, operation: "unwrap",
                message: "data key \(id) is not the one that this vault made", hint: "restore a backup")
        }
        return LeasedDataKey(dataKey, lifetime: lifetime, observer: dataKeys.observer)
    }

    private func lifetimeFromNow(_ id: UUIDBytes) -> KeyLifetime {
        dataKeys.lifetimeFromNow(id, CacheBounds(options))
    }

    /// The active data key as last seen, where it is in memory and not too old to seal more.
    var cachedDataKeyForSealing: LeasedDataKey? {
        guard let active = activeDataKey, !isTooOld(createdAt: activeDataKeyCreatedAt) else { return nil }
        return dataKeys.cached(active)
    }

    /// Whether a data key of that time, microseconds since 1970 UTC, seals no more records.
    private func isTooOld(createdAt: Int64?) -> Bool {
        guard let maxAge = options.dataKeyMaxAge else { return false }
        guard let createdAt else { return true }
        return .microseconds(microsecondsSince1970() - createdAt) >= maxAge
    }

    /// A data key with room for a record: the active one, or a new one.
    func dataKeyForSealing() async throws -> LeasedDataKey {
        if let cached = cachedDataKeyForSealing { return cached }
        for _ in 0..<Self.maximumAttempts {
            let (authenticator, bound) = (authenticator, options.maxRecordsPerDataKey)
            let (vault, active) = try await database.read { db in
                let reader = VaultReader(db, authenticator: authenticator)
                let vault = try reader.vault()
                return (vault, try vault.encryption?.activeDataKey.flatMap(reader.dataKey))
            }
            if let active, active.sealedCount < bound, !isTooOld(createdAt: active.createdAt) {
                activeDataKey = active.id
                activeDataKeyCreatedAt = active.createdAt
                return try await dataKey(holding: active.id)
            }
            if let made = try await beginDataKey(instead: active?.id, vault) { return made }
        }
        throw Self.tooContended("seal")
    }

    /// How often a change is tried again when another caller was faster.
    static let maximumAttempts = 20

    static func tooContended(_ operation: String) -> VaultError {
        VaultError(
            VaultError.Code(rawValue: "busy"), operation: operation,
            message: "other callers changed the vault each time", hint: "run the command again")
    }

    /// Makes a data key outside any transaction and makes it the active one, unless another caller was faster: then nil.
    private func beginDataKey(instead full: UUIDBytes?, _ vault: VaultRow) async throws -> LeasedDataKey? {
        guard let kms, let authenticator, let encryption = vault.encryption else {
            throw VaultError(.notEncrypted, operation: "seal", message: "a clear vault has no data keys")
        }
        let wrapperKey = try Self.wrapperKeyID(encryption.wrapperKey, "seal")
        try await checkTrust(wrapperKey, for: .wrap, operation: "seal")
        let generation = dataKeys.generation
        let id = try UUIDBytes.random()
        let lifetime = lifetimeFromNow(id)
        let context = EncryptionContext(vault: vaultID, key: id, use: .dataKey)
        let (wrapped, plaintext) = try await Self.freshKey(
            under: wrapperKey, context: context, kms: kms, source: options.dataKeySource)
        let dataKey = try DataKey(id: id, bytes: plaintext.take())
        let row = DataKeyRow(
            id: id, wrapperKey: wrapped.wrapperKey.rawValue, keyMaterialID: wrapped.keyMaterialID,
            wrapped: wrapped.ciphertext,
            binding: try dataKey.binding(vault: vaultID, integrityKey: authenticator.integrityKey), sealedCount: 0,
            createdAt: microsecondsSince1970(), rewrappedAt: nil)
        let isActive = try await database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            // Also when the wrapper key was changed meanwhile: no new wrapping goes under a key that was left.
            guard transaction.vault.encryption?.activeDataKey == full,
                transaction.vault.encryption?.wrapperKey == encryption.wrapperKey
            else { return false }
            try transaction.insert(row)
            transaction.vault.encryption?.activeDataKey = id
            try transaction.finish()
            return true
        }
        guard isActive else { return nil }
        let leased = LeasedDataKey(dataKey, lifetime: lifetime, observer: dataKeys.observer)
        dataKeys.insert(leased, since: generation, unwrap: unwrapping(id))
        activeDataKey = id
        activeDataKeyCreatedAt = row.createdAt
        return leased
    }
}
