import EnvelopeCrypto
import KMSAudit
import KeyManagement
import Logging
import SecretMemory
import VaultStorage

/// Makes new wrappings under one wrapper key, by the method that is permitted.
final class Rewrapping: Sendable {
    /// A wrapped key that is to lie under another wrapper key.
    struct Subject: Sendable {
        let id: UUIDBytes
        let name: String
        let context: EncryptionContext
        let wrapped: WrappedDataKey
        /// Whether the key is the one that the vault made.
        let isRight: @Sendable (borrowing DataKey) throws -> Bool
    }

    let target: WrapperKeyID
    private let session: JobSession
    private let methodInForce: Lock<RewrapMethod>

    init(_ session: JobSession, to target: WrapperKeyID) {
        self.session = session
        self.target = target
        methodInForce = Lock(session.options.method)
    }

    /// What was asked for; where that is `auto`, what was found to work.
    var method: RewrapMethod { methodInForce.withLock(\.self) }

    /// KMS calls that one wrapped key takes.
    func callsPerKey(from source: WrapperKeyID) -> Int {
        let isInside = method != .unwrapWrap && session.kms.canRewrap(from: source, to: target)
        return (isInside ? 1 : 2) + (session.options.verifiesByUnwrap ? 1 : 0)
    }

    /// A new wrapping of `subject`, verified. The old one is untouched.
    func callAsFunction(_ subject: Subject) async throws -> WrappedDataKey {
        let source = subject.wrapped.wrapperKey
        guard method != .unwrapWrap, method == .reEncrypt || session.kms.canRewrap(from: source, to: target) else {
            return try await unwrappingAndWrapping(subject)
        }
        do { return try await reEncrypting(subject) } catch let error as KMSError {
            try leaveReEncrypt(error)
            return try await unwrappingAndWrapping(subject)
        }
    }

    /// Asks the KMS whether it would make a new wrapping of `subject`. Where it cannot be asked, one is made and dropped.
    func rehearse(_ subject: Subject) async throws {
        let (kms, source) = (session.kms, subject.wrapped.wrapperKey)
        guard kms.hasDryRun(for: source), kms.hasDryRun(for: target) else {
            _ = try await self(subject)
            return
        }
        if method != .unwrapWrap, kms.canRewrap(from: source, to: target) {
            do { return try await ask(.rewrap(subject.wrapped, to: target, subject.context)) } catch let error
                as KMSError
            {
                try leaveReEncrypt(error)
            }
        }
        try await ask(.unwrap(subject.wrapped, subject.context))
        try await ask(.wrap(under: target, subject.context))
    }

    private func ask(_ trial: KMSTrial) async throws {
        let kms = session.kms
        _ = try await session.pace.call { try await kms.dryRun(trial) }
    }

    /// From now on unwraps and wraps, where the method may be chosen and `error` is the KMS's no to ReEncrypt.
    private func leaveReEncrypt(_ error: KMSError) throws {
        guard session.options.method == .auto, Self.isRefusal(error, of: .reEncrypt) else { throw error }
        let isFirst = methodInForce.withLock { method in
            defer { method = .unwrapWrap }
            return method != .unwrapWrap
        }
        guard isFirst else { return }
        session.store.options.logger.warning(
            "ReEncrypt was refused (\(error.message)): data keys are unwrapped and wrapped instead")
    }

    /// Whether the KMS has said that it will not do this, rather than that it cannot now.
    private static func isRefusal(_ error: KMSError, of operation: KMSOperation) -> Bool {
        error.operation == operation && [.accessDenied, .validation].contains(error.code)
    }

    private func reEncrypting(_ subject: Subject) async throws -> WrappedDataKey {
        let (kms, target) = (session.kms, target)
        let answer = try await session.pace.call {
            try await kms.rewrap(subject.wrapped, to: target, context: subject.context)
        }
        try KeyStore.check(answer.wrapped.wrapperKey, isAnswerFor: target, operation: session.operation)
        try KeyStore.check(
            answer.sourceWrapperKey, isAnswerFor: subject.wrapped.wrapperKey, operation: session.operation)
        return try await verified(answer.wrapped, subject)
    }

    private func unwrappingAndWrapping(_ subject: Subject) async throws -> WrappedDataKey {
        try await session.store.checkTrust(subject.wrapped.wrapperKey, for: .unwrap, operation: session.operation)
        let (kms, target) = (session.kms, target)
        let opened = try await session.unwrapped(subject.wrapped, subject).key
        let answer = try await session.pace.call {
            try await kms.wrap(opened.dataKey.bytes, under: target, context: subject.context)
        }
        try KeyStore.check(answer.wrapped.wrapperKey, isAnswerFor: target, operation: session.operation)
        return try await verified(answer.wrapped, subject)
    }

    /// The new wrapping with its key material, which Encrypt does not tell, once it was found to hold the same key.
    private func verified(_ new: WrappedDataKey, _ subject: Subject) async throws -> WrappedDataKey {
        guard session.options.verifiesByUnwrap else { return new }
        let material = try await session.unwrapped(new, subject).material
        return WrappedDataKey(
            ciphertext: new.ciphertext, wrapperKey: new.wrapperKey, keyMaterialID: new.keyMaterialID ?? material)
    }
}

extension JobSession {
    /// What is wrapped, once it was found to be the key that the vault made.
    func unwrapped(
        _ wrapped: WrappedDataKey, _ subject: Rewrapping.Subject
    ) async throws -> (key: LeasedDataKey, material: String?) {
        let answer = try await pace.call { try await kms.unwrap(wrapped, context: subject.context) }
        let material = answer.keyMaterialID
        try KeyStore.check(answer.wrapperKey, isAnswerFor: wrapped.wrapperKey, operation: operation)
        guard answer.plaintext.count == DataKey.sizeInBytes else { throw wrongKey(subject) }
        let key = try DataKey(id: subject.id, bytes: answer.takePlaintext())
        guard try subject.isRight(key) else { throw wrongKey(subject) }
        return (LeasedDataKey(key, expiry: .now), material)
    }

    private func wrongKey(_ subject: Rewrapping.Subject) -> VaultError {
        VaultError(
            .authenticationFailed, operation: operation,
            message: "the KMS answered another key for \(subject.name); its old wrapping was kept",
            hint: "check the KMS")
    }

    /// The vault's integrity key as it lies wrapped.
    func integrityKey(_ vault: VaultRow.Encryption) throws -> Rewrapping.Subject {
        let authenticator = authenticator
        return Rewrapping.Subject(
            id: vault.integrityKeyID, name: "the integrity key",
            context: EncryptionContext(vault: store.vaultID, key: vault.integrityKeyID, use: .integrity),
            wrapped: WrappedDataKey(
                ciphertext: vault.integrityWrapped,
                wrapperKey: try KeyStore.wrapperKeyID(vault.integrityWrapperKey, operation),
                keyMaterialID: vault.integrityMaterialID)
        ) { $0.bytes.isEqual(to: authenticator.integrityKey.bytes) }
    }

    /// A data key as it lies wrapped.
    func dataKey(_ row: DataKeyRow) throws -> Rewrapping.Subject {
        let (authenticator, vault) = (authenticator, store.vaultID)
        return Rewrapping.Subject(
            id: row.id, name: "data key \(row.id)",
            context: EncryptionContext(vault: vault, key: row.id, use: .dataKey),
            wrapped: WrappedDataKey(
                ciphertext: row.wrapped, wrapperKey: try KeyStore.wrapperKeyID(row.wrapperKey, operation),
                keyMaterialID: row.keyMaterialID)
        ) { key in
            let binding = try key.binding(vault: vault, integrityKey: authenticator.integrityKey)
            return isEqualInConstantTime(binding, row.binding)
        }
    }
}
