import ArgumentParser
import EnvelopeCrypto
import KeyManagement
import NodeVault

/// `nodevault init`
struct Init: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Creates the vault, and the wrapper key where none is named.",
        discussion: "Example: nodevault -c participant1.conf init")

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Seal a new LocalKMS file by a passphrase that is asked for, instead of a machine key.")
    var askPassphrase = false

    func run() async throws {
        try options.refuseMinimumEpoch()
        let vault = try OpenedVault(options)
        let configuration = vault.configuration
        var surroundings = vault.surroundings
        if askPassphrase {
            guard let service = configuration.service, service.kind == .local, let local = service.local,
                local.passphraseFile == nil, local.machineKeyFile == nil
            else {
                throw ValidationError(
                    "--ask-passphrase needs kms.type = local without kms.passphrase-file and kms.machine-key-file")
            }
            surroundings.askPassphrase = { try Passphrase.ask("new passphrase of \($0): ", confirming: true) }
        }
        let given = surroundings
        let created = try await Interruption.finishing {
            let created = try await KeyStore.create(
                configuration, given, keyFileProtection: askPassphrase ? .askedPassphrase : .machineKey)
            try await created.keys.close()
            return created
        }
        let json = JSON.object([
            ("vaultId", .string(created.keys.vaultID.description)), ("node", .string(created.keys.node)),
            ("wrapperKey", .optional(created.wrapperKey?.rawValue)),
            ("createdWrapperKey", .boolean(created.createdWrapperKey)),
        ])
        let wrapping =
            created.wrapperKey.map { "wrapper key \($0)\(created.createdWrapperKey ? " (created)" : "")" }
            ?? "clear: keys will lie unencrypted"
        let text = "created vault \(created.keys.vaultID) of \(created.keys.node)\n\(wrapping)"
        try printResult(options, json: json, text: text)
    }
}
