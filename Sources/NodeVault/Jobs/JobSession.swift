import EnvelopeCrypto
import KMSAudit
import KeyManagement
import SecretMemory
import VaultStorage

/// What every job of an encrypted vault works with: the vault, its KMS at the job's pace, and the lock of the one job that
/// a vault has at a time.
struct JobSession: Sendable {
    let store: KeyStore
    let kms: AuditedKMS
    let authenticator: RowAuthenticator
    let options: JobOptions
    let pace: CallPace
    let stop: StopSignal
    let kind: JobReport.Kind
    let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    var operation: String { kind.rawValue }

    /// The vault's own row, authenticated.
    func vault() async throws -> VaultRow.Encryption {
        let authenticator = authenticator
        let vault = try await store.database.read { db in try VaultReader(db, authenticator: authenticator).vault() }
        guard let encryption = vault.encryption else { throw KeyStore.notEncrypted(operation) }
        return encryption
    }

    /// The rows of all data keys, in the order of their ids, authenticated.
    func dataKeys() async throws -> [DataKeyRow] {
        let authenticator = authenticator
        return try await store.database.read { db in
            try VaultReader(db, authenticator: authenticator).all(DataKeyRow.self)
        }
    }

    /// The interrupted job of this kind, if there is one; refuses while one of another kind has begun its work.
    func interrupted(_ vault: VaultRow.Encryption) async throws -> JobRow? {
        let unfinished = try await OwnedJob.unfinished(in: store)
        if let other = unfinished.first(where: { $0.kind.rawValue != kind.rawValue && $0.hasBegun(in: vault) }) {
            throw VaultError(
                VaultError.Code(rawValue: "busy"), operation: operation,
                message: "a \(other.kind.rawValue) job is unfinished: \(other.done) of \(other.total) steps are done",
                hint: "run nodevault \(other.command) first: it goes on where it stopped")
        }
        return unfinished.first { $0.kind.rawValue == kind.rawValue }
    }

    /// Refuses a wrapper key that is not usable or not trusted, or that does not unwrap what it has wrapped.
    func check(_ key: KeyDescription) async throws {
        try key.checkUsable(operation)
        try await store.checkTrust(key.arn, for: .wrap, operation: operation)
        let context = EncryptionContext(vault: store.vaultID, key: try .random(), use: .dataKey)
        let (wrapped, plaintext) = try await probe(key.arn, context)
        try KeyStore.check(wrapped.wrapperKey, isAnswerFor: key.arn, operation: operation)
        let kms = kms
        let opened = try await pace.call {
            try await kms.unwrap(wrapped, context: context)
        }
        guard opened.plaintext.isEqual(to: plaintext.secret) else {
            throw VaultError(
                .authenticationFailed, operation: operation,
                message: "wrapper key \(key.arn) does not unwrap what it has wrapped", hint: "check the KMS")
        }
    }

    /// Wraps a fresh key in the way in which the vault's next data key will be.
    private func probe(
        _ key: WrapperKeyID, _ context: EncryptionContext
    ) async throws -> (WrappedDataKey, SecretBox) {
        let kms = kms
        switch store.options.dataKeySource {
        case .kms:
            let made = try await pace.call {
                try await kms.generateDataKey(under: key, context: context)
            }
            let wrapped = made.wrapped
            return (wrapped, SecretBox(made.takePlaintext()))
        case .local:
            let secret = SecretBox(try SecretBytes.random(count: DataKey.sizeInBytes))
            let answer = try await pace.call {
                try await kms.wrap(secret.secret, under: key, context: context)
            }
            return (answer.wrapped, secret)
        }
    }
}

extension JobRow {
    /// Whether it has changed anything yet: a rewrap whose wrapper key is not the vault's has not.
    func hasBegun(in vault: VaultRow.Encryption) -> Bool { kind != .rewrap || target == vault.wrapperKey }

    /// The command that goes on with it.
    var command: String {
        switch kind {
        case .rewrap: target.map { "rewrap --to \($0)" } ?? "rewrap --to-new-key"
        case .rotate: "rotate"
        case .migrateEncrypt: "migrate encrypt"
        case .migrateDecrypt: "migrate decrypt"
        }
    }
}
