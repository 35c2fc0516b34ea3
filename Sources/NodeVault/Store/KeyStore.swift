public import EnvelopeCrypto
import KMSAudit
import KeyManagement
public import SecretMemory
import VaultStorage

/// Private keys in an encrypted vault: made, used, renamed, deleted, and moved to other wrapper keys.
///
/// Safe for use from any task. A key that was used before is at hand in secret memory, and signing with it neither suspends
/// nor touches the database. Every KMS call passes the audit log: a key store takes no other KMS than an `AuditedKMS`.
///
/// ```swift
/// let keys = try await KeyStore.open(at: "participant1.vault", kms: kms)
/// let key = try await keys.generateKey(.ed25519, purpose: .signing, usages: [.protocol])
/// let signature = try await keys.sign(message, with: key.keyID)
/// ```
public final class KeyStore: Sendable {
    /// The vault's id.
    public let vaultID: UUIDBytes
    /// The node that the vault belongs to.
    public let node: String
    let database: VaultDatabase
    let kms: AuditedKMS?
    /// Nil for a clear vault.
    let authenticator: RowAuthenticator?
    let dataKeys: DataKeyCache
    let privateKeys: PrivateKeyCache
    let sealing = Turn()
    private let expiryTimer: ExpiryTimer
    private let state: Lock<State>

    struct State {
        var isClosed = false
        var options: KeyStoreOptions
        /// What the vault was opened by, and its KMS: what ``reload(_:)`` changes.
        var opened: OpenedConfiguration?
        /// What the background check found, once it has failed.
        var integrityFailure: VaultError?
        /// The data key that new records go under, as last seen: a guess that each transaction checks.
        var activeDataKey: UUIDBytes?
        /// When that one was made, microseconds since 1970 UTC; nil until its row was read.
        var activeDataKeyCreatedAt: Int64?
        var monitor: ChangeMonitor?
        /// The pinned key's account, once it was asked for.
        var pinnedAccount = PinnedAccount.notNeeded
    }

    init(
        database: VaultDatabase, vault: VaultRow, kms: AuditedKMS?, authenticator: RowAuthenticator?,
        options: KeyStoreOptions
    ) {
        self.database = database
        vaultID = vault.id
        node = vault.node
        self.kms = kms
        self.authenticator = authenticator
        let metrics = CacheMetrics()
        dataKeys = DataKeyCache(
            capacity: options.cacheCapacity, maxAge: options.cacheMaxAge, logger: options.logger, observer: metrics)
        privateKeys = PrivateKeyCache(capacity: options.cacheCapacity, observer: metrics)
        state = Lock(State(options: options, activeDataKey: vault.encryption?.activeDataKey))
        expiryTimer = ExpiryTimer(maxAge: options.cacheMaxAge) { [dataKeys, privateKeys] in
            privateKeys.dropExpired()
            dataKeys.dropExpired()
        }
    }

    /// How the key store behaves.
    public var options: KeyStoreOptions { state.withLock { $0.options } }

    /// Whether keys lie unencrypted: then the vault promises nothing.
    public var isClear: Bool { authenticator == nil }

    /// The protection of secret memory in force.
    public var memoryTier: MemoryTier { get throws(VaultError) { try Self.prepareSecretMemory(options) } }

    /// Who OpenSSL allocates from in this process: `ours` wipes what it frees.
    public static var processAllocators: ProcessPreparation.Allocators { ProcessPreparation.current.allocators }

    /// Drops every secret from memory. The store stays open; the next use unwraps anew.
    public func purge() {
        privateKeys.purge()
        dataKeys.purge()
    }

    /// Drops every secret from memory and closes the vault and the audit log. Later calls throw `.closed`.
    ///
    /// - Throws: ``VaultError`` `audit-unavailable` when lines that were kept back cannot be written; the vault is closed
    ///   all the same.
    public func close() async throws(VaultError) {
        let monitor = state.withLock { state in
            state.isClosed = true
            defer { state.monitor = nil }
            return state.monitor
        }
        purge()
        let unwritten = await closeAuditLog()
        let database = database
        try await mapped("close") {
            try await onBlockingThread { () throws(StorageError) in
                monitor?.stop()
                try database.close()
            }
        }
        // What was being unwrapped while the database closed.
        purge()
        if let unwritten { throw unwritten }
    }

    private func closeAuditLog() async -> VaultError? {
        do throws(AuditFailure) { try await kms?.close() } catch {
            return VaultError(
                .init(rawValue: KMSError.Code.auditUnavailable.rawValue), operation: "close",
                message: "the last lines of the audit log are not written (\(error))",
                hint: "make the audit log writable: KMS calls were made that it does not have", cause: error)
        }
        return nil
    }

    /// Sets the process's secret memory up, and answers its protection. Opening a vault does so by itself.
    ///
    /// - Throws: ``VaultError`` `secret-memory` when the minimum tier cannot be had.
    @discardableResult
    public static func prepareSecretMemory(_ options: KeyStoreOptions) throws(VaultError) -> MemoryTier {
        try mapped("open") {
            try SecretArena.prepare(
                sizeInBytes: options.arenaSizeInBytes, minimumTier: options.minimumMemoryTier
            ).tier
        }
    }

    // MARK: - State

    /// Throws when the store is closed or its vault was found tampered with.
    func checkUsable(_ operation: String) throws(VaultError) {
        try checkOpen(operation)
        if let failure = state.withLock({ $0.integrityFailure }) { throw failure }
    }

    /// Throws when the store is closed.
    func checkOpen(_ operation: String) throws(VaultError) {
        guard state.withLock({ !$0.isClosed }) else {
            throw VaultError(.closed, operation: operation, message: "the key store is closed", hint: "open it again")
        }
    }

    var activeDataKey: UUIDBytes? {
        get { state.withLock { $0.activeDataKey } }
        set { state.withLock { $0.activeDataKey = newValue } }
    }

    var activeDataKeyCreatedAt: Int64? {
        get { state.withLock { $0.activeDataKeyCreatedAt } }
        set { state.withLock { $0.activeDataKeyCreatedAt = newValue } }
    }

    var pinnedAccount: PinnedAccount {
        get { state.withLock { $0.pinnedAccount } }
        set { state.withLock { $0.pinnedAccount = newValue } }
    }

    /// Runs `body` with the configuration that the vault was opened by, and with the options in force, for them to change.
    func changeConfiguration<R>(
        _ body: (inout OpenedConfiguration?, inout KeyStoreOptions) throws(VaultError) -> R
    ) throws(VaultError) -> R {
        try state.withLock { state throws(VaultError) in try body(&state.opened, &state.options) }
    }

    func attach(_ opened: OpenedConfiguration) { state.withLock { $0.opened = opened } }

    /// Brings the caches within the bounds of the options.
    func applyCacheBounds(isShorter: Bool) {
        let options = options
        dataKeys.setBounds(capacity: options.cacheCapacity, maxAge: options.cacheMaxAge)
        privateKeys.setCapacity(options.cacheCapacity)
        expiryTimer.schedule(maxAge: options.cacheMaxAge)
        // Nothing stays longer than the new age allows.
        if isShorter { purge() }
    }

    func fail(_ failure: VaultError) {
        state.withLock { $0.integrityFailure = failure }
        purge()
    }

    func attach(_ monitor: ChangeMonitor) { state.withLock { $0.monitor = monitor } }
}
