import HOCON
import KMSAudit
import KeyManagement
import SecretMemory

extension ConfigurationKey {
    /// Every key that this version reads.
    public static let all = kms + privateKeyStore

    // MARK: - kms

    static let kmsType = Self("kms.type", .choice(KMSService.Kind.allCases.map(\.rawValue)))
    static let region = Self("kms.region", .region, in: .aws)
    static let endpointOverride = Self("kms.endpoint-override", .url, in: .aws)
    static let disableSSLVerification = Self(
        "kms.disable-ssl-verification", .boolean, default: "false", in: .aws)
    static let multiRegionKey = Self("kms.multi-region-key", .boolean, default: "false", in: .service)
    static let auditLogging = Self("kms.audit-logging", .boolean, default: "false", in: .service, reloadable: true)
    static let customTags = Self("kms.custom-tags", .tags, default: "{}", in: .service)
    static let connectTimeout = Self("kms.timeouts.connect", .duration, default: "3s", in: .aws)
    static let attemptTimeout = Self("kms.timeouts.attempt", .duration, default: "10s", in: .aws)
    static let operationTimeout = Self("kms.timeouts.operation", .duration, default: "60s", in: .aws)
    static let failures = BackoffKeys(
        "kms.retries.failures", defaults: (initialDelay: "500ms", maxDelay: "10s", maxRetries: nil), in: .aws)
    static let createKeyCheck = BackoffKeys(
        "kms.retries.create-key-check", defaults: (initialDelay: "100ms", maxDelay: "10s", maxRetries: "20"),
        in: .service)
    static let keyFile = Self("kms.key-file", .path, default: "NAME.kms", in: .local)
    static let passphraseFile = Self("kms.passphrase-file", .path, in: .local)
    static let machineKeyFile = Self("kms.machine-key-file", .path, in: .local)

    private static let kms =
        [
            kmsType, region, endpointOverride, disableSSLVerification, multiRegionKey, auditLogging, customTags,
            connectTimeout, attemptTimeout, operationTimeout,
        ] + failures.all + createKeyCheck.all + [keyFile, passphraseFile, machineKeyFile]

    // MARK: - private-key-store

    static let encryptionType = Self("private-key-store.encryption.type", .choice(["kms"]))
    static let wrapperKeyID = Self("private-key-store.encryption.wrapper-key-id", .wrapperKey, in: .encrypted)
    static let reverted = Self("private-key-store.encryption.reverted", .boolean, default: "false", in: .encrypted)
    static let trustedAccounts = Self(
        "private-key-store.encryption.trusted-accounts", .accounts, default: "[]", in: .encrypted)
    static let storageType = Self("private-key-store.storage.type", .choice(["sqlite"]), default: "sqlite")
    static let storageFile = Self("private-key-store.storage.file", .path, default: "NAME.vault")
    static let storagePermissions = Self(
        "private-key-store.storage.permissions", .choice(["owner", "group"]), default: "owner")
    static let dataKeySource = Self(
        "private-key-store.data-keys.source", .choice(["kms", "local"]), default: "kms", reloadable: true)
    static let maxRecords = Self(
        "private-key-store.data-keys.max-records", .integer(1...1_000_000), default: "1024", reloadable: true)
    static let dataKeyMaxAge = Self("private-key-store.data-keys.max-age", .duration, reloadable: true)
    static let cacheMaxAge = Self("private-key-store.cache.max-age", .duration, default: "5m", reloadable: true)
    static let cacheCapacity = Self(
        "private-key-store.cache.capacity", .integer(1...1_000_000), default: "1024", reloadable: true)
    static let cacheMaxUses = Self(
        "private-key-store.cache.max-uses", .integer(1...1_000_000_000_000), reloadable: true)
    static let cacheRefreshAhead = Self(
        "private-key-store.cache.refresh-ahead", .duration, default: "30s", reloadable: true)
    static let cacheOutageGrace = Self(
        "private-key-store.cache.outage-grace", .duration, default: "1h", reloadable: true)
    static let cachePreload = Self("private-key-store.cache.preload", .boolean, default: "false")
    static let arenaSize = Self("private-key-store.cache.arena-size", .size((64 << 10)...(4 << 30)), default: "4MiB")
    static let minimumMemoryTier = Self(
        "private-key-store.cache.minimum-memory-tier", .choice(MemoryTier.allCases.map(\.rawValue)), default: "locked")
    static let auditOnFailure = Self(
        "private-key-store.audit.on-failure", .choice(AuditLog.FailurePolicy.allCases.map(\.rawValue)),
        default: "refuse", reloadable: true)
    static let auditChain = Self("private-key-store.audit.chain", .boolean, default: "false")
    static let auditFormat = Self(
        "private-key-store.audit.format", .choice(AuditLine.Format.allCases.map(\.rawValue)), default: "text",
        reloadable: true)
    static let auditSync = Self("private-key-store.audit.sync", .boolean, default: "false", reloadable: true)
    static let auditSecondFile = Self("private-key-store.audit.second-file", .path, reloadable: true)

    private static let privateKeyStore = [
        encryptionType, wrapperKeyID, reverted, trustedAccounts, storageType, storageFile, storagePermissions,
        dataKeySource, maxRecords, dataKeyMaxAge, cacheMaxAge, cacheCapacity, cacheMaxUses, cacheRefreshAhead,
        cacheOutageGrace, cachePreload, arenaSize, minimumMemoryTier,
        auditOnFailure, auditChain, auditFormat, auditSync, auditSecondFile,
    ]
}

/// The three keys of a backoff.
struct BackoffKeys: Sendable {
    let initialDelay: ConfigurationKey
    let maxDelay: ConfigurationKey
    let maxRetries: ConfigurationKey

    var all: [ConfigurationKey] { [initialDelay, maxDelay, maxRetries] }

    init(
        _ path: String, defaults: (initialDelay: String, maxDelay: String, maxRetries: String?),
        in scope: ConfigurationKey.Scope
    ) {
        func key(_ name: String, _ type: ConfigurationKey.ValueType, _ text: String?) -> ConfigurationKey {
            ConfigurationKey(
                .init(stringLiteral: "\(path).\(name)"), type, default: text, in: scope, reloadable: true)
        }
        initialDelay = key("initial-delay", .duration, defaults.initialDelay)
        maxDelay = key("max-delay", .duration, defaults.maxDelay)
        maxRetries = key("max-retries", .integer(0...Int(Int32.max)), defaults.maxRetries)
    }
}
