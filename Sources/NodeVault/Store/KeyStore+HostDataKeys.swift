public import EnvelopeCrypto
import KMSAudit
public import KeyManagement
public import SecretMemory
import VaultStorage

// Data keys of the node's own, for what it keeps elsewhere: the vault's wrapper key wraps them, the vault stores none.
extension KeyStore {
    /// Draws 32 random bytes and wraps them.
    ///
    /// - Parameter id: names the data key in its encryption context, and is needed to unwrap it.
    /// - Throws: ``VaultError`` as ``wrap(_:id:)``.
    public func makeDataKey(id: UUIDBytes) async throws(VaultError) -> (dataKey: SecretBox, wrapped: WrappedDataKey) {
        let dataKey = try mapped("wrap") { SecretBox(try SecretBytes.random(count: DataKey.sizeInBytes)) }
        return (dataKey, try await wrap(dataKey, id: id))
    }

    /// Wraps a data key under the wrapper key on record, by one KMS call.
    ///
    /// - Parameters:
    ///   - dataKey: 1 to 4096 bytes.
    ///   - id: names the data key in its encryption context, and is needed to unwrap it.
    /// - Returns: what the caller keeps. A later ``rewrap(to:scope:_:progress:)`` does not reach it: unwrap it
    ///   and wrap it again before the old wrapper key goes.
    /// - Throws: ``VaultError`` `not-encrypted` for a clear vault, `invalid-argument` for a key of another size,
    ///   `untrusted-account`, and the KMS's failures.
    public func wrap(_ dataKey: SecretBox, id: UUIDBytes) async throws(VaultError) -> WrappedDataKey {
        try checkUsable("wrap")
        let count = dataKey.secret.count
        guard (1...4096).contains(count) else {
            throw VaultError(
                .invalidArgument, operation: "wrap", message: "a KMS wraps 1 to 4096 bytes, and these are \(count)",
                hint: "wrap a key, and encrypt with it what is longer")
        }
        return try await mapped("wrap") {
            let (kms, authenticator) = try wrapping("wrap")
            let name = try await database.read { db in
                try VaultReader(db, authenticator: authenticator).vault().encryption?.wrapperKey
            }
            let key = try Self.wrapperKeyID(name ?? "", "wrap")
            try await checkTrust(key, for: .wrap, operation: "wrap")
            let wrapped = try await kms.wrap(dataKey.secret, under: key, context: hostContext(id)).wrapped
            try Self.check(wrapped.wrapperKey, isAnswerFor: key, operation: "wrap")
            return wrapped
        }
    }

    /// Unwraps what ``wrap(_:id:)`` answered, by one KMS call.
    ///
    /// - Throws: ``VaultError`` `invalid-ciphertext` for another id, another vault's data key or a changed ciphertext,
    ///   `not-encrypted` for a clear vault, `untrusted-account`, and the KMS's failures.
    public func unwrap(_ wrapped: WrappedDataKey, id: UUIDBytes) async throws(VaultError) -> SecretBox {
        try checkUsable("unwrap")
        return try await mapped("unwrap") {
            let (kms, _) = try wrapping("unwrap")
            try await checkTrust(wrapped.wrapperKey, for: .unwrap, operation: "unwrap")
            let answer = try await kms.unwrap(wrapped, context: hostContext(id))
            try Self.check(answer.wrapperKey, isAnswerFor: wrapped.wrapperKey, operation: "unwrap")
            return SecretBox(answer.takePlaintext())
        }
    }

    private func wrapping(_ operation: String) throws(VaultError) -> (AuditedKMS, RowAuthenticator) {
        guard let kms, let authenticator else {
            throw VaultError(
                .notEncrypted, operation: operation, message: "the vault is clear: it has no wrapper key",
                hint: "configure private-key-store.encryption")
        }
        return (kms, authenticator)
    }

    /// Differs from the vault's own contexts, so that none of its data keys can be unwrapped this way.
    private func hostContext(_ id: UUIDBytes) -> EncryptionContext {
        EncryptionContext(vault: vaultID, key: id, use: .host)
    }
}
