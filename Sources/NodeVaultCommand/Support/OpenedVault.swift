import Foundation
import KMSAudit
import Logging
import NodeVault
import SecretMemory

/// What a command works on: the node's configuration, and its vault as far as the command needs it.
struct OpenedVault {
    let configuration: VaultConfiguration

    private let minimumEpoch: Int64?
    private let auditFlags: AuditSettings

    init(_ options: GlobalOptions) throws {
        configuration = try options.load()
        minimumEpoch = options.minimumEpoch
        auditFlags = options.audit.settings
    }

    var surroundings: VaultConfiguration.Surroundings {
        var surroundings = VaultConfiguration.Surroundings(
            environment: ProcessInfo.processInfo.environment, logger: Logger(label: "nodevault"),
            auditSink: StandardErrorAudit(format: configuration.audit.format ?? .text),
            askPassphrase: { path in try Passphrase.ask("passphrase of \(path): ", confirming: false) })
        surroundings.auditSettings = auditFlags
        return surroundings
    }

    /// The configuration's options, with what the command line adds.
    var vaultOptions: KeyStoreOptions {
        var options = configuration.options
        options.minimumEpoch = minimumEpoch
        return options
    }

    /// Runs `body` with the vault open, and closes it.
    func withKeys<R>(
        checkingRows: Bool = true, _ body: (KeyStore) async throws -> R
    ) async throws -> R {
        var storeOptions = vaultOptions
        storeOptions.logger = surroundings.logger
        // The command ends soon: it takes a change by another process at its own next read.
        storeOptions.watchesChanges = false
        if !checkingRows { storeOptions.foregroundCheckRows = 0 }
        return try await Interruption.finishing {
            let kms = try await configuration.openKMS(surroundings)
            let keys = try await KeyStore.open(at: configuration.vaultPath, kms: kms, options: storeOptions)
            do {
                let result = try await body(keys)
                try await keys.close()
                return result
            } catch {
                try? await keys.close()
                throw error
            }
        }
    }

    /// Sets the arena up as the configuration says, before the first secret is read.
    @discardableResult
    func prepareSecretMemory() throws -> MemoryTier { try KeyStore.prepareSecretMemory(configuration.options) }

    /// The vault without the KMS: what is read is not authenticated.
    func inspector() async throws -> VaultInspector {
        try await VaultInspector(at: configuration.vaultPath, options: vaultOptions)
    }
}
