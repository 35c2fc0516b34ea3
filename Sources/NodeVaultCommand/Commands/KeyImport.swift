import ArgumentParser
import Glibc
import NodeKeys
import NodeVault
import SecretMemory

/// Where a passphrase comes from; where neither is given, the terminal.
struct PassphraseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the passphrase from the first line of this file.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("Read the passphrase from the first line of this open descriptor.", valueName: "number"))
    var passphraseFd: Int32?

    func validate() throws {
        guard passphraseFile == nil || passphraseFd == nil else {
            throw ValidationError("give --passphrase-file or --passphrase-fd, not both")
        }
    }

    func read(_ prompt: String, confirming: Bool) throws -> SecretBytes {
        if let passphraseFile { return try SecretFile(path: passphraseFile).readLine() }
        guard let passphraseFd else { return try Passphrase.ask(prompt, confirming: confirming) }
        let name = "descriptor \(passphraseFd)"
        return try SecretFile.firstLine(of: SecretFile.read(descriptor: passphraseFd, name: name), name: name)
    }
}

/// `nodevault key import`
struct KeyImport: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Keeps a private key from a file, and prints its id.",
        discussion: """
            Takes PKCS#8 (RFC 5958), SEC1 and PKCS#1 in PEM or DER, and encrypted PKCS#8. "-" reads standard input.
            Example: nodevault key import key.pem --purpose signing --usage protocol
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file with the private key.")
    var file: String

    @OptionGroup var attributes: KeyAttributes
    @OptionGroup var passphrase: PassphraseOptions

    func run() async throws {
        let vault = try OpenedVault(options)
        try vault.prepareSecretMemory()
        let pkcs8 = SecretBox(try readKey())
        let key = try await vault.withKeys { keys in
            try await keys.importKey(
                pkcs8: pkcs8, purpose: attributes.purpose, usages: Set(attributes.usage),
                name: attributes.name)
        }
        try printResult(options, json: key.json, text: key.keyID.description)
    }

    private func readKey() throws -> SecretBytes {
        let content =
            file == "-"
            ? try SecretFile.read(descriptor: STDIN_FILENO, name: "standard input") : try SecretFile(path: file).read()
        do throws(NodeKeysError) {
            if try !PrivateKeyImporter.needsPassphrase(content) {
                return try PrivateKeyImporter.read(content).takePKCS8()
            }
        } catch { throw VaultError(error, operation: "import") }
        let secret = try passphrase.read("passphrase of \(file): ", confirming: false)
        do throws(NodeKeysError) {
            return try PrivateKeyImporter.read(content, passphrase: secret).takePKCS8()
        } catch { throw VaultError(error, operation: "import") }
    }
}
