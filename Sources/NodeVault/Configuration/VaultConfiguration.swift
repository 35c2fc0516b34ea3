public import HOCON
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
    /// How the key store behaves.
    public let options: KeyStoreOptions

    /// Reads the files in order, later ones winning, applies the overrides, and decodes one node.
    ///
    /// - Parameters:
    ///   - node: which node; nil where the files have one only.
    ///   - overrides: `KEY=VALUE`; for the same key the first wins.
    /// - Throws: ``VaultError`` `configuration`, with file and line.
    public static func load(
        files: [String], overrides: [String] = [], node: NodeName? = nil, environment: [String: String] = [:]
    ) throws(VaultError) -> VaultConfiguration {
        do {
            var loader = HOCONLoader(environment: environment)
            loader.files = files
            loader.overrides = overrides
            let root = try loader.load()
            let found = try NodeSection(in: root, node: node)
            let folder = files.last.map(VaultFile.folder) ?? "."
            return try VaultConfiguration(found, defaultFolder: folder)
        } catch let error as HOCONError {
            throw VaultError(error)
        } catch { throw VaultError(error, operation: "config") }
    }

    private init(_ section: NodeSection, defaultFolder: String) throws {
        node = section.node
        crypto = section.crypto
        var reader = SectionReader(section)
        let paths = PathResolver(defaultFolder: defaultFolder)
        service = try KMSService(&reader, paths, node)
        isAuditLogging = try reader.boolean("kms.audit-logging") ?? false
        let tags = try reader.map("kms.custom-tags") ?? [:]
        newWrapperKey = WrapperKeyTemplate(
            tags: tags, isMultiRegion: try reader.boolean("kms.multi-region-key") ?? false)
        let encryptionType = try reader.choice("private-key-store.encryption.type", ["kms"])
        wrapperKey = try reader.wrapperKey("private-key-store.encryption.wrapper-key-id")
        let accounts = try reader.strings("private-key-store.encryption.trusted-accounts") ?? []
        isEncrypted = encryptionType != nil
        continuesWithoutAudit =
            try reader.choice("private-key-store.audit.on-failure", ["refuse", "continue"]) == "continue"
        _ = try reader.choice("private-key-store.storage.type", ["sqlite"])
        vaultPath =
            try reader.path("private-key-store.storage.file", paths) ?? paths.resolve("\(node.name).vault", from: nil)
        options = try Self.options(&reader, wrapperKey, accounts, service)
        try reader.refuseUnknownKeys()
        if isEncrypted, service == nil {
            throw reader.failure(
                at: "private-key-store.encryption", "encryption needs a KMS: add crypto.kms to the node's configuration"
            )
        }
        if !isEncrypted, let stray = reader.value("private-key-store.encryption") {
            throw reader.failure(
                stray.origin, "private-key-store.encryption has no type: set type = kms to encrypt private keys")
        }
    }

    private static func options(
        _ reader: inout SectionReader, _ wrapperKey: WrapperKeyID?, _ accounts: [String], _ service: KMSService?
    ) throws -> KeyStoreOptions {
        var options = KeyStoreOptions()
        let store = "private-key-store"
        if let name = try reader.choice("\(store).storage.permissions", ["owner", "group"]) {
            options.permissions = name == "group" ? .group : .owner
        }
        if let name = try reader.choice("\(store).data-keys.source", ["kms", "local"]) {
            options.dataKeySource = name == "local" ? .local : .kms
        }
        if let count = try reader.integer("\(store).data-keys.max-records", in: 1...1_000_000) {
            options.maxRecordsPerDataKey = Int64(count)
        }
        if let age = try reader.duration("\(store).cache.max-age") { options.cacheMaxAge = age }
        if let count = try reader.integer("\(store).cache.capacity", in: 1...1_000_000) {
            options.cacheCapacity = count
        }
        if let size = try reader.size("\(store).cache.arena-size") { options.arenaSizeInBytes = size }
        if let name = try reader.choice("\(store).cache.minimum-memory-tier", MemoryTier.allCases.map(\.rawValue)) {
            options.minimumMemoryTier = MemoryTier(rawValue: name) ?? .locked
        }
        var trusted = Set(accounts)
        // Whatever LocalKMS opens lies in the key file that the configuration names: one account, always trusted.
        if service?.local != nil { trusted.insert(LocalKMS.account) }
        options.trust = WrapperKeyTrust(pinned: wrapperKey, accounts: trusted)
        return options
    }
}

extension VaultError.Code {
    /// A configuration file that does not exist.
    public static let configurationMissing = VaultError.Code(rawValue: "configuration-missing")
}
