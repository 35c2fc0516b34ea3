import ArgumentParser
import EnvelopeCrypto
import Foundation
import NodeKeys
import NodeVault

/// How a signature is written.
enum SignatureEncoding: String, ExpressibleByArgument, CaseIterable {
    case raw, base64, hex
}

/// `nodevault sign`
struct Sign: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Signs a file, or standard input, and prints the bare signature.",
        discussion: """
            Ed25519 gives 64 raw bytes; EC keys give DER over SHA-256, P-384 over SHA-384.
            Example: nodevault sign KEY-ID message.bin > signature.bin
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    @Argument(help: "The file to sign; standard input where none is given.")
    var file: String?

    @Option(help: "How the signature is written.")
    var encoding: SignatureEncoding = .raw

    func run() async throws {
        let message = try InputFile.read(file)
        let signature = try await OpenedVault(options).withKeys { keys in
            try await keys.sign(message, with: try await keys.knownKey(id, "sign"))
        }
        switch encoding {
        case .raw: try StandardOutput.write(bytes: signature)
        case .base64: try StandardOutput.write(Data(signature).base64EncodedString())
        case .hex: try StandardOutput.write(signature.hex)
        }
    }
}

/// `nodevault verify-signature`
struct VerifySignature: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract:
            "Checks a raw signature with a key's public key, without calling the KMS; exit 65 when it is not valid.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    @Option(help: ArgumentHelp("The file with the raw signature.", valueName: "file"))
    var signature: String

    @Argument(help: "The signed file; standard input where none is given.")
    var file: String?

    func run() async throws {
        let key = try await OpenedVault(options).inspector().key(id, for: "verify-signature")
        let signature = try InputFile.read(signature)
        let isValid: Bool
        do { isValid = try key.publicKey.isValid(signature: signature, for: try InputFile.read(file)) } catch {
            throw (error as? CommandError).map { $0 as any Error } ?? VaultError(error, operation: "verify-signature")
        }
        try printResult(
            options, json: .object([("valid", .boolean(isValid))]),
            text: isValid ? "the signature is valid" : "the signature is not valid")
        if !isValid { throw ExitCode(CommandError.ExitStatus.doesNotVerify.rawValue) }
    }
}
