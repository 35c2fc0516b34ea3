import AWSKMS

/// What a reload changed.
public struct ConfigurationReload: Sendable, Equatable {
    /// Keys below `crypto` whose change is in force now.
    public let applied: [String]
    /// Keys below `crypto` whose change takes effect when the vault is opened anew.
    public let needsRestart: [String]

    /// Whether the configuration is the one that was in force before.
    public var isEmpty: Bool { applied.isEmpty && needsRestart.isEmpty }
}

/// What a vault was opened by: the configuration in force, and what its KMS lets be changed.
struct OpenedConfiguration: Sendable {
    /// The one that the vault was opened by: what needs a restart is in force from it.
    let first: VaultConfiguration
    /// The one that was taken last.
    var current: VaultConfiguration
    /// Nil where AWS KMS is out of reach.
    let aws: AWSKMS?
    /// Nil for a clear vault.
    private var audit: OpenedAuditLog?

    init(_ configuration: VaultConfiguration, aws: AWSKMS? = nil, audit: OpenedAuditLog? = nil) {
        first = configuration
        current = configuration
        self.aws = aws
        self.audit = audit
    }

    /// Takes a changed configuration, as far as the KMS and its log are concerned.
    mutating func take(_ configuration: VaultConfiguration) throws(VaultError) -> ConfigurationReload {
        try audit?.take(configuration)
        let hasAWS = first.service?.aws != nil && configuration.service?.aws != nil
        func isApplied(_ key: ConfigurationKey) -> Bool { key.isReloadable && (key.scope != .aws || hasAWS) }
        let reload = ConfigurationReload(
            applied: current.keys(changedIn: configuration).filter(isApplied).map(\.description),
            needsRestart: first.keys(changedIn: configuration).filter { !isApplied($0) }.map(\.description))
        current = configuration
        if let retries = configuration.service?.aws?.retries { aws?.setRetries(retries) }
        return reload
    }
}

extension KeyStore {
    /// Takes a changed configuration while the vault is in use.
    ///
    /// What can change is changed at once, for every use after this returns: the cache's bounds, how data keys are made,
    /// and how KMS calls are logged and tried again (``ConfigurationKey/isReloadable``). A call under way is logged as it
    /// began. A shorter `cache.max-age` drops what the cache holds. Everything else stays as it was at opening.
    ///
    /// - Returns: which keys changed, of those in force and those that wait for a restart.
    /// - Throws: ``VaultError`` `configuration` for another node's, when the vault was not opened by a configuration, or
    ///   for audit settings that cannot be; nothing has changed then.
    @discardableResult
    public func reload(_ configuration: VaultConfiguration) throws(VaultError) -> ConfigurationReload {
        try checkOpen("reload")
        var isShorter = false
        let reload = try changeConfiguration { opened, options throws(VaultError) in
            guard var next = opened else {
                throw VaultError(
                    .configuration, operation: "reload", message: "the vault was opened without a configuration",
                    hint: "open it by KeyStore.open(configuration)")
            }
            guard configuration.node == next.first.node else {
                throw VaultError(
                    .configuration, operation: "reload",
                    message: "the configuration is of \(configuration.node), and the vault of \(next.first.node)",
                    hint: "load the configuration of \(next.first.node)")
            }
            let reload = try next.take(configuration)
            opened = next
            isShorter = configuration.options.cacheMaxAge < options.cacheMaxAge
            options.takeReloadable(configuration.options)
            return reload
        }
        applyCacheBounds(isShorter: isShorter)
        return reload
    }
}

extension KeyStoreOptions {
    fileprivate mutating func takeReloadable(_ other: KeyStoreOptions) {
        cacheMaxAge = other.cacheMaxAge
        cacheCapacity = other.cacheCapacity
        cacheMaxUses = other.cacheMaxUses
        cacheRefreshAhead = other.cacheRefreshAhead
        cacheOutageGrace = other.cacheOutageGrace
        dataKeySource = other.dataKeySource
        maxRecordsPerDataKey = other.maxRecordsPerDataKey
        dataKeyMaxAge = other.dataKeyMaxAge
        newKeyCheck = other.newKeyCheck
    }
}

extension VaultConfiguration {
    /// The keys whose values in force differ, in the order of the documentation.
    fileprivate func keys(changedIn other: VaultConfiguration) -> [ConfigurationKey] {
        let (before, after) = (normalSettings, other.normalSettings)
        return ConfigurationKey.all.filter { before[$0] != after[$0] }
    }

    private var normalSettings: [ConfigurationKey: String] {
        Dictionary(uniqueKeysWithValues: settings.map { ($0.key, $0.normal) })
    }
}
