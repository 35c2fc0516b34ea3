import ArgumentParser
import NodeVault

/// `nodevault upgrade`
struct Upgrade: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Brings a vault of an older schema to this version's, after setting a copy aside.",
        discussion: "No other process may have the vault open.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vault = try OpenedVault(options)
        let configuration = vault.configuration
        let done = try await Interruption.finishing {
            try await KeyStore.upgrade(
                at: configuration.vaultPath, kms: try await configuration.openKMS(vault.surroundings),
                options: vault.vaultOptions)
        }
        let json = JSON.object([
            ("from", .integer(done.from)), ("to", .integer(done.to)), ("setAside", .optional(done.setAside)),
        ])
        let text =
            done.setAside.map {
                "upgraded from schema \(done.from) to \(done.to); the vault as it was is \($0), which holds the same keys"
            } ?? "the vault has schema \(done.to) already; nothing was changed"
        try printResult(options, json: json, text: text)
    }
}
