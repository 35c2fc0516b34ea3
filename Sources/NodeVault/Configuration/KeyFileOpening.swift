import KeyManagement
import SecretMemory
import VaultStorage

/// How a LocalKMS file is opened: with a passphrase from a file, from the operator, or with a machine key.
struct KeyFileOpening: Sendable {
    private let path: String
    private let passphraseFile: String?
    private let machineKeyFile: String?
    private let owner: FileOwner?
    private let creating: VaultConfiguration.NewKeyFileProtection?
    private let askPassphrase: (@Sendable (String) throws -> SecretBytes)?

    init(
        _ service: KMSService.Local, owner: FileOwner?, creating: VaultConfiguration.NewKeyFileProtection?,
        askPassphrase: (@Sendable (String) throws -> SecretBytes)?
    ) {
        path = service.keyFile
        passphraseFile = service.passphraseFile
        machineKeyFile = service.machineKeyFile
        self.owner = owner
        self.creating = creating
        self.askPassphrase = askPassphrase
    }

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
