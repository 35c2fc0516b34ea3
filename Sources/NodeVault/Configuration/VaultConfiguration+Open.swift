public import KMSAudit
import KeyManagement
public import Logging
public import SecretMemory
import VaultStorage

extension VaultConfiguration {
    /// What a caller gives besides the configuration.
    public struct Surroundings: Sendable {
        /// The process's environment: `KMS_LOG_FILE_NAME` names the audit log's file.
        public var environment: [String: String]
        /// The program's own log: warnings go there.
        public var logger: Logger
        /// Where audit lines go when no file is named: the program's log, unless another sink is given.
        public var auditSink: any AuditSink
        /// Asks the operator for the passphrase of the LocalKMS file at a path; nil where nobody can be asked.
        public var askPassphrase: (@Sendable (_ path: String) throws -> SecretBytes)?

        /// Nothing but defaults.
        public init(
            environment: [String: String] = [:], logger: Logger = Logger(label: "nodevault"),
            auditSink: (any AuditSink)? = nil, askPassphrase: (@Sendable (String) throws -> SecretBytes)? = nil
        ) {
            self.environment = environment
            self.logger = logger
            self.auditSink = auditSink ?? AuditMainLog(logger)
            self.askPassphrase = askPassphrase
        }
    }

    /// How the LocalKMS file of a new vault is sealed where the configuration does not say.
    public enum NewKeyFileProtection: Sendable {
        /// By a machine key beside it.
        case machineKey
        /// By a passphrase that the operator is asked for.
        case askedPassphrase
    }

    /// The audited KMS of the configuration, nil where private keys are not encrypted.
    ///
    /// - Parameters:
    ///   - surroundings: environment, logs, and whom to ask for a passphrase.
    ///   - creating: how to make a LocalKMS file that is missing; nil refuses a missing one.
    /// - Throws: ``VaultError`` `configuration` for a KMS that this version cannot speak to, and the KMS's own failures.
    public func openKMS(
        _ surroundings: Surroundings, creating: NewKeyFileProtection? = nil
    ) async throws(VaultError) -> AuditedKMS? {
        guard isEncrypted, let service else { return nil }
        return try await mapped("open") {
            try KeyStore.prepareSecretMemory(options)
            let owner = FileOwner(ofVaultAt: vaultPath)
            let log = try auditLog(surroundings, owner: owner)
            guard case .local(let keyFile, let passphraseFile, let machineKeyFile) = service else {
                throw VaultError(
                    .configuration, operation: "open", message: "this version does not speak to AWS KMS",
                    hint: "set crypto.kms.type = local")
            }
            let opening = KeyFileOpening(
                path: keyFile, passphraseFile: passphraseFile, machineKeyFile: machineKeyFile, owner: owner,
                creating: creating, askPassphrase: surroundings.askPassphrase)
            let kms = try await onBlockingThread { () throws(VaultError) in
                try mapped("open") { try opening.open() }
            }
            return AuditedKMS(kms, log: log)
        }
    }

    private func auditLog(_ surroundings: Surroundings, owner: FileOwner?) throws -> AuditLog {
        let node = AuditedNode(kind: self.node.kind.audited, name: self.node.name)
        let sink: any AuditSink
        if let name = surroundings.environment["KMS_LOG_FILE_NAME"], !name.isEmpty {
            sink = try AuditFile(path: name, owner: owner)
        } else {
            sink = surroundings.auditSink
        }
        return AuditLog(
            node: node, sink: sink, isEnabled: isAuditLogging,
            onFailure: continuesWithoutAudit ? .continue : .refuse, warnings: surroundings.logger)
    }
}

extension KeyStore {
    /// Opens the vault of a node as its configuration says.
    public static func open(
        _ configuration: VaultConfiguration, _ surroundings: VaultConfiguration.Surroundings = .init()
    ) async throws(VaultError) -> KeyStore {
        var options = configuration.options
        options.logger = surroundings.logger
        return try await open(
            at: configuration.vaultPath, kms: try await configuration.openKMS(surroundings), options: options)
    }
}

extension KeyStore {
    /// Makes the vault of a node as its configuration says, and the LocalKMS file where that is missing.
    public static func create(
        _ configuration: VaultConfiguration, _ surroundings: VaultConfiguration.Surroundings = .init(),
        keyFileProtection: VaultConfiguration.NewKeyFileProtection = .machineKey
    ) async throws(VaultError) -> CreatedVault {
        try mapped("init") { try VaultFile(path: configuration.vaultPath).checkAbsent() }
        var options = configuration.options
        options.logger = surroundings.logger
        return try await create(
            at: configuration.vaultPath, node: configuration.node.description,
            kms: try await configuration.openKMS(surroundings, creating: keyFileProtection),
            wrapperKey: configuration.wrapperKey, newWrapperKey: configuration.newWrapperKey, options: options)
    }
}

/// How a LocalKMS file is opened: with a passphrase from a file, from the operator, or with a machine key.
private struct KeyFileOpening: Sendable {
    let path: String
    let passphraseFile: String?
    let machineKeyFile: String?
    let owner: FileOwner?
    let creating: VaultConfiguration.NewKeyFileProtection?
    let askPassphrase: (@Sendable (String) throws -> SecretBytes)?

    func open() throws -> LocalKMS {
        if let passphraseFile {
            let passphrase = try SecretFile(path: passphraseFile).readLine()
            return try open(.passphrase(passphrase))
        }
        if machineKeyFile == nil, creating == .askedPassphrase { return try open(.passphrase(try ask())) }
        do { return try open(.machineKey(machineKeyFile)) } catch let error as KMSError {
            // The file is sealed by a passphrase, and none is configured: the operator knows it.
            guard error.code == .validation, machineKeyFile == nil, askPassphrase != nil else { throw error }
            return try open(.passphrase(try ask()))
        }
    }

    private func open(_ protection: consuming LocalKMS.Protection) throws -> LocalKMS {
        try LocalKMS.open(at: path, protection: protection, owner: owner, createIfMissing: creating != nil)
    }

    private func ask() throws -> SecretBytes {
        guard let askPassphrase else {
            throw VaultError(
                .configuration, operation: "open",
                message: "\(path) is sealed by a passphrase, and nobody can be asked",
                hint: "set kms.passphrase-file")
        }
        return try askPassphrase(path)
    }
}

extension FileOwner {
    /// Whom a vault's file belongs to: files that root makes beside it take the same. Nil where there is no vault yet.
    init?(ofVaultAt path: String) {
        guard let owner = VaultFile.owner(of: path) else { return nil }
        self.init(user: owner.user, group: owner.group)
    }
}

extension NodeName.Kind {
    var audited: AuditedNode.Kind {
        switch self {
        case .participants: .participant
        case .sequencers: .sequencer
        case .mediators: .mediator
        }
    }
}
