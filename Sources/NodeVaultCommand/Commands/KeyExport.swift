import ArgumentParser
import NodeKeys
import NodeVault
import SecretMemory

/// `nodevault key export`
struct KeyExport: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a private key to a file, encrypted under a passphrase.",
        discussion: "Example: nodevault key export KEY-ID --out key.pem")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    @Option(help: "The file to write, mode 0600.")
    var out: String

    @Flag(help: "Replace the file where it exists.")
    var force = false

    @Flag(help: "Write the key unencrypted.")
    var insecureClear = false

    @OptionGroup var passphrase: PassphraseOptions

    func run() async throws {
        let vault = try OpenedVault(options)
        let file = OutputFile(path: out, isForced: force)
        try file.check()
        try vault.prepareSecretMemory()
        let secret = insecureClear ? nil : SecretBox(try passphrase.read("new passphrase: ", confirming: true))
        let key = try await vault.withKeys { keys in
            let keyID = try await keys.knownKey(id, "export")
            try write(try await keys.exportKey(keyID), under: secret, to: file)
            return try await keys.key(keyID)
        }
        try printResult(
            options, json: key.json,
            text: "wrote \(key.keyID) to \(out)\(insecureClear ? ", unencrypted" : "")")
    }

    private func write(_ pkcs8: SecretBox, under passphrase: SecretBox?, to file: OutputFile) throws {
        guard let passphrase else {
            let pem = try mapped { () throws(NodeKeysError) in try PrivateKeyExporter.insecureClearPEM(pkcs8.secret) }
            return try pem.withExposedBytes { pem in try file.write(pem) }
        }
        let pem = try mapped { () throws(NodeKeysError) in
            try PrivateKeyExporter.encryptedPEM(pkcs8.secret, passphrase: passphrase.secret)
        }
        try file.write(pem.span.bytes)
    }

    private func mapped<R: ~Copyable>(_ body: () throws(NodeKeysError) -> R) throws(VaultError) -> R {
        do { return try body() } catch { throw VaultError(error, operation: "export") }
    }
}
