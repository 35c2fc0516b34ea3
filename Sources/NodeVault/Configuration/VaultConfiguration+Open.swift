public import AWSKMS
import Foundation
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
        /// What the program itself says of the audit log: that comes before environment and configuration.
        public var auditSettings = AuditSettings()
        /// The program's own log: warnings go there.
        public var logger: Logger
        /// Where audit lines go when no file is named: the program's log, unless another sink is given. The program's
        /// log does not tell of lines that are not written: `audit.on-failure = refuse` needs another sink, or a file.
        public var auditSink: any AuditSink
        /// Where `AWS_…` variables are read.
        public var awsEnvironment: AWSEnvironment = .process
        /// Asks the operator for the passphrase of the LocalKMS file at a path; nil where nobody can be asked.
        public var askPassphrase: (@Sendable (_ path: String) throws -> SecretBytes)?

        /// Nothing but defaults: where no environment is given, the process's own.
        public init(
            environment: [String: String]? = nil, logger: Logger = Logger(label: "nodevault"),
            auditSink: (any AuditSink)? = nil, askPassphrase: (@Sendable (String) throws -> SecretBytes)? = nil
        ) {
            self.environment = environment ?? ProcessInfo.processInfo.environment
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
    /// - Throws: ``VaultError`` of the KMS's own failures; AWS KMS is not called yet.
    public func openKMS(
        _ surroundings: Surroundings, creating: NewKeyFileProtection? = nil
    ) async throws(VaultError) -> AuditedKMS? {
        try await openService(surroundings, creating: creating).kms
    }

    /// The audited KMS, and what of it ``KeyStore/reload(_:)`` changes.
    fileprivate func openService(
        _ surroundings: Surroundings, creating: NewKeyFileProtection? = nil
    ) async throws(VaultError) -> (kms: AuditedKMS?, opened: OpenedConfiguration) {
        for warning in warnings {
            surroundings.logger.warning("\(warning.description); \(warning.hint)")
        }
        guard isEncrypted, let service else { return (nil, OpenedConfiguration(self)) }
        return try await mapped("open") {
            try KeyStore.prepareSecretMemory(options)
            let owner = FileOwner(ofVaultAt: vaultPath)
            let audit = try OpenedAuditLog(self, surroundings, owner: owner)
            service.aws?.warnOfExposure(surroundings.logger)
            let aws = try service.aws.map { try AWSKMS($0.settings(surroundings.awsEnvironment, auditor: audit.log)) }
            let kms = try await openKMS(service, aws, surroundings, owner: owner, creating: creating)
            return (AuditedKMS(kms, log: audit.log), OpenedConfiguration(self, aws: aws, audit: audit))
        }
    }

    private func openKMS(
        _ service: KMSService, _ aws: AWSKMS?, _ surroundings: Surroundings, owner: FileOwner?,
        creating: NewKeyFileProtection?
    ) async throws -> any KMS {
        guard let local = service.local else {
            guard let aws else { throw VaultError(.configuration, operation: "open", message: "no KMS is configured") }
            return aws
        }
        // Only where it is the one to make keys in is a missing file made.
        let opening = KeyFileOpening(
            local, owner: owner, creating: service.kind == .local ? creating : nil,
            askPassphrase: surroundings.askPassphrase)
        let file = try await onBlockingThread { () throws(VaultError) in try mapped("open") { try opening.open() } }
        guard let aws else { return file }
        return RoutedKMS(local: file, remote: aws, preferred: service.kind == .local ? .local : .remote)
    }
}

extension KeyStore {
    /// Opens the vault of a node as its configuration says.
    public static func open(
        _ configuration: VaultConfiguration, _ surroundings: VaultConfiguration.Surroundings = .init()
    ) async throws(VaultError) -> KeyStore {
        var options = configuration.options
        options.logger = surroundings.logger
        let (kms, opened) = try await configuration.openService(surroundings)
        let keys = try await open(at: configuration.vaultPath, kms: kms, options: options)
        keys.attach(opened)
        return keys
    }

    /// Makes the vault of a node as its configuration says, and the LocalKMS file where that is missing.
    public static func create(
        _ configuration: VaultConfiguration, _ surroundings: VaultConfiguration.Surroundings = .init(),
        keyFileProtection: VaultConfiguration.NewKeyFileProtection = .machineKey
    ) async throws(VaultError) -> CreatedVault {
        try mapped("init") { try VaultFile(path: configuration.vaultPath).checkAbsent() }
        var options = configuration.options
        options.logger = surroundings.logger
        let (kms, opened) = try await configuration.openService(surroundings, creating: keyFileProtection)
        let created = try await create(
            at: configuration.vaultPath, node: configuration.node.description, kms: kms,
            wrapperKey: configuration.wrapperKey, newWrapperKey: configuration.newWrapperKey, options: options)
        created.keys.attach(opened)
        return created
    }
}

extension KMSService.AWS {
    fileprivate func warnOfExposure(_ logger: Logger) {
        if disablesSSLVerification {
            logger.warning("kms.disable-ssl-verification is on: whoever is between here and the KMS can read data keys")
        }
        if let endpointOverride, !AWSKMSConfiguration.isProtected(endpointOverride) {
            logger.warning(
                "kms.endpoint-override is not encrypted: whoever is between here and the KMS reads data keys")
        }
    }

    fileprivate func settings(_ environment: AWSEnvironment, auditor: AuditLog) -> AWSKMSConfiguration {
        var settings = AWSKMSConfiguration(
            region: region, endpointOverride: endpointOverride, timeouts: timeouts,
            disableSSLVerification: disablesSSLVerification, environment: environment)
        settings.allowsPlainHTTP = allowsPlainHTTP
        settings.retries = retries
        settings.credentialAuditor = auditor
        return settings
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
