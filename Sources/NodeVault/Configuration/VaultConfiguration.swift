import AWSKMS
public import HOCON
public import KMSAudit
public import KeyManagement
import SecretMemory
import VaultStorage

/// A node's `crypto` section, decoded: where its vault lies, which KMS wraps its keys, and how it behaves.
public struct VaultConfiguration: Sendable {
    /// The node.
    public let node: NodeName
    /// The node's resolved `crypto` object, with the origin of each value.
    public let crypto: HOCONObject
    /// The vault's file.
    public let vaultPath: String
    /// The KMS; nil where the node has no `kms` section.
    public let service: KMSService?
    /// Whether private keys are encrypted.
    public let isEncrypted: Bool
    /// The wrapper key that the configuration names.
    public let wrapperKey: WrapperKeyID?
    /// How a wrapper key that the vault creates should be.
    public let newWrapperKey: WrapperKeyTemplate
    /// Whether every KMS call is logged; failures are logged always.
    public let isAuditLogging: Bool
    /// Whether a KMS call goes ahead when its audit line cannot be written.
    public let continuesWithoutAudit: Bool
    /// What the configuration says of the audit log; flags and environment come before it.
    public let audit: AuditSettings
    /// How the key store behaves.
    public let options: KeyStoreOptions
    /// What is better written otherwise.
    public let warnings: [ConfigurationProblem]
    let paths: PathResolver

    /// Reads the files in order, later ones winning, applies the overrides, and decodes one node.
    ///
    /// - Parameters:
    ///   - files: paths of configuration files; later ones win.
    ///   - overrides: `KEY=VALUE`; for the same key the first wins.
    ///   - node: which node; nil where the files have one only.
    ///   - environment: what substitutions read.
    /// - Throws: ``VaultError`` `configuration`, with file and line, for the first thing that is wrong.
    public static func load(
        files: [String], overrides: [String] = [], node: NodeName? = nil, environment: [String: String] = [:]
    ) throws(VaultError) -> VaultConfiguration {
        let source = ConfigurationSource(files: files, overrides: overrides, environment: environment)
        do {
            let (configuration, problems) = decode(try .one(in: try source.root(), node: node), source.paths)
            let errors = problems.filter { $0.severity == .error }
            if let first = errors.first { throw VaultError(first, and: errors.count - 1) }
            return configuration
        } catch let error as HOCONError {
            throw VaultError(error)
        } catch { throw VaultError(error, operation: "config") }
    }

    /// Decodes a node, and tells everything that is wrong with it; the configuration is of use where nothing is.
    static func decode(
        _ section: NodeSection, _ paths: PathResolver
    ) -> (VaultConfiguration, [ConfigurationProblem]) {
        var reader = SectionReader(section, paths)
        let configuration = VaultConfiguration(&reader)
        return (configuration, reader.sortedProblems)
    }

    private init(_ reader: inout SectionReader) {
        node = reader.section.node
        crypto = reader.section.crypto
        paths = reader.paths
        service = KMSService(&reader)
        isAuditLogging = reader.boolean(.auditLogging) ?? false
        newWrapperKey = WrapperKeyTemplate(
            tags: reader.tags(.customTags) ?? [:], isMultiRegion: reader.boolean(.multiRegionKey) ?? false)
        isEncrypted = reader.string(.encryptionType) != nil
        wrapperKey = reader.wrapperKey(.wrapperKeyID)
        continuesWithoutAudit = reader.string(.auditOnFailure) == AuditLog.FailurePolicy.continue.rawValue
        audit = AuditSettings(&reader)
        _ = reader.string(.storageType)
        vaultPath = reader.path(.storageFile) ?? paths.resolve("\(node.name).vault", from: nil)
        options = KeyStoreOptions(&reader, service, wrapperKey)
        reader.reportUnknownKeys()
        reader.reportContradictions()
        warnings = reader.sortedProblems.filter { $0.severity == .warning }
    }
}

extension SectionReader {
    /// What is wrong about several keys together.
    fileprivate mutating func reportContradictions() {
        let encryption: HOCONPath = "private-key-store.encryption"
        if isWritten(.encryptionType), value("kms") == nil {
            report(
                ConfigurationKey.encryptionType.path, "encryption needs a KMS",
                hint: "add crypto.kms to the node's configuration")
        }
        if !isWritten(.encryptionType), value(encryption) != nil {
            report(encryption, "\(encryption) has no type", hint: "set type = kms to encrypt private keys")
        }
        if boolean(.reverted) == true {
            report(
                ConfigurationKey.reverted.path, "\(ConfigurationKey.reverted) = true is not supported by this version",
                hint: "export the keys, and import them into a vault without encryption")
        }
        if boolean(.auditChain) == true {
            report(
                ConfigurationKey.auditChain.path,
                "\(ConfigurationKey.auditChain) = on is not supported by this version", hint: "set it to off")
        }
        if let provider = value("provider"), (try? provider.string()) == "kms" {
            report(
                ConfigurationProblem(
                    .warning, at: provider.origin,
                    "crypto.provider = kms keeps Canton's own keys inside the KMS; those of this vault lie in its file",
                    hint: "choose the provider jce for a node whose keys lie in the vault"))
        }
    }

    /// Each once, by file and line; what has no line comes last.
    fileprivate var sortedProblems: [ConfigurationProblem] { ConfigurationProblem.sorted(problems) }
}

extension AuditSettings {
    fileprivate init(_ reader: inout SectionReader) {
        self.init()
        format = reader.string(.auditFormat).flatMap(AuditLine.Format.init(rawValue:))
        syncs = reader.boolean(.auditSync)
        secondFileName = reader.path(.auditSecondFile)
    }
}

extension KeyStoreOptions {
    fileprivate init(_ reader: inout SectionReader, _ service: KMSService?, _ wrapperKey: WrapperKeyID?) {
        self.init()
        if let name = reader.string(.storagePermissions) { permissions = name == "group" ? .group : .owner }
        if let name = reader.string(.dataKeySource) { dataKeySource = name == "local" ? .local : .kms }
        if let count = reader.integer(.maxRecords) { maxRecordsPerDataKey = Int64(count) }
        dataKeyMaxAge = reader.duration(.dataKeyMaxAge)
        if let age = reader.duration(.cacheMaxAge) { cacheMaxAge = age }
        if let count = reader.integer(.cacheCapacity) { cacheCapacity = count }
        cacheMaxUses = reader.integer(.cacheMaxUses)
        if let window = reader.duration(.cacheRefreshAhead) { cacheRefreshAhead = window }
        if let grace = reader.duration(.cacheOutageGrace) { cacheOutageGrace = grace }
        preloadsDataKeys = reader.boolean(.cachePreload) ?? false
        if let size = reader.size(.arenaSize) { arenaSizeInBytes = size }
        if let name = reader.string(.minimumMemoryTier) { minimumMemoryTier = MemoryTier(rawValue: name) ?? .locked }
        newKeyCheck = reader.backoff(ConfigurationKey.createKeyCheck, default: .newKey)
        if let aws = service?.aws { newKeyTimeout = aws.timeouts.operation }
        trust = WrapperKeyTrust(
            pinned: wrapperKey, accounts: Set(reader.accounts(.trustedAccounts) ?? []), localKeys: service.localKeys)
    }
}

extension KMSService? {
    /// Whatever LocalKMS opens lies in the key file that the configuration names; beside AWS KMS that file is for moving away.
    fileprivate var localKeys: WrapperKeyTrust.LocalKeys {
        guard let service = self, service.local != nil else { return .likeOthers }
        return service.kind == .local ? .trusted : .unwrapped
    }
}

extension VaultError.Code {
    /// A configuration file that does not exist.
    public static let configurationMissing = VaultError.Code(rawValue: "configuration-missing")
}
