public import ArgumentParser
public import NodeKeys
import NodeVault

/// `nodevault key`
struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes, imports, exports, shows, renames and deletes private keys.",
        subcommands: [
            KeyGenerate.self, KeyImport.self, KeyExport.self, KeyList.self, KeyShow.self, KeyPublic.self,
            KeyRename.self, KeyDelete.self,
        ])

    @OptionGroup var options: GlobalOptions
}

/// What a new key is for, as options.
struct KeyAttributes: ParsableArguments {
    @Option(help: "What the key is for.")
    var purpose: KeyPurpose

    @Option(help: "What a signing key signs; may be repeated.")
    var usage: [KeyUsage] = []

    @Option(help: "A name, 1 to 300 bytes of UTF-8, unique in the vault.")
    var name: String?
}

extension KeyPurpose: ExpressibleByArgument {
    /// By the text name.
    public init?(argument: String) { self.init(name: argument) }
    /// Every text name.
    public static var allValueStrings: [String] { allCases.map(\.name) }
}

extension KeyUsage: ExpressibleByArgument {
    /// By the text name.
    public init?(argument: String) { self.init(name: argument) }
    /// Every text name.
    public static var allValueStrings: [String] { allCases.map(\.name) }
}

extension KeyScheme: ExpressibleByArgument {}

/// `nodevault key generate`
struct KeyGenerate: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Makes a private key in secret memory, keeps it, and prints its id.",
        discussion: "Example: nodevault key generate --scheme ed25519 --purpose signing --usage protocol --name sign-1")

    @OptionGroup var options: GlobalOptions

    @Option(help: "The key's scheme.")
    var scheme: KeyScheme

    @OptionGroup var attributes: KeyAttributes

    func run() async throws {
        let key = try await OpenedVault(options).withKeys { keys in
            try await keys.generateKey(
                scheme, purpose: attributes.purpose, usages: Set(attributes.usage), name: attributes.name)
        }
        try printResult(options, json: key.json, text: key.keyID.description)
    }
}

/// `nodevault key list`
struct KeyList: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the keys, without calling the KMS.",
        discussion: """
            Names and usages are shown as the file has them: only verify, and every use of a key, authenticates them.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let keys = try await OpenedVault(options).inspector().keys()
        try printResult(
            options, json: .object([("keys", .array(keys.map(\.json)))]),
            text: keys.isEmpty ? "no keys" : keys.map(\.line).joined(separator: "\n"))
    }
}

/// `nodevault key show`
struct KeyShow: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one key, without calling the KMS.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    func run() async throws {
        let key = try await OpenedVault(options).inspector().key(id)
        try printResult(options, json: key.json, text: key.text)
    }
}

/// `nodevault key public`
struct KeyPublic: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "public", abstract: "Prints a public key in PEM, without calling the KMS.",
        discussion: "The key id is the fingerprint of the public key, so what is printed is the right one.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    func run() async throws {
        let key = try await OpenedVault(options).inspector().key(id, for: "public")
        let pem = key.publicKey.pem
        try printResult(options, json: key.json, text: String(pem.dropLast()))
    }
}

/// `nodevault key rename`
struct KeyRename: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Gives a key another name; its record is sealed anew.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    @Argument(help: "The new name, 1 to 300 bytes of UTF-8, unique in the vault.")
    var name: String

    func run() async throws {
        let key = try await OpenedVault(options).withKeys { keys in
            try await keys.renameKey(try await keys.knownKey(id, "rename"), to: name)
        }
        try printResult(options, json: key.json, text: "renamed \(key.keyID) to \(printable(name))")
    }
}

/// `nodevault key delete`
struct KeyDelete: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Removes a private key for ever.",
        discussion: "Asks on a terminal; elsewhere it wants --yes.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    @Flag(help: "Delete without asking.")
    var yes = false

    func run() async throws {
        let vault = try OpenedVault(options)
        let key = try await vault.inspector().key(id, for: "delete")
        if !yes {
            try Confirmation.ask(
                "delete key \(key.keyID)\(key.name.map { " (\(printable($0)))" } ?? "") for ever? Type yes: ")
        }
        try await vault.withKeys { keys in try await keys.deleteKey(key.keyID) }
        try printResult(options, json: key.json, text: "deleted \(key.keyID)")
    }
}
