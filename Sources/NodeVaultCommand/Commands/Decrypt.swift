import ArgumentParser
import EnvelopeCrypto
import Glibc
import NodeKeys
import NodeVault
import SecretMemory

/// `nodevault decrypt`
struct Decrypt: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Decrypts a file, or standard input, with an rsa-2048 encryption key, and prints the bare text.",
        discussion: """
            RSA-OAEP with SHA-256, as: openssl pkeyutl -encrypt -pubin -inkey public.pem -pkeyopt rsa_padding_mode:oaep
            -pkeyopt rsa_oaep_md:sha256.
            Example: nodevault decrypt KEY-ID secret.enc > secret
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The key's id.")
    var id: String

    @Argument(help: "The encrypted file, 256 bytes; standard input where none is given.")
    var file: String?

    func run() async throws {
        let ciphertext = try InputFile.read(file, limit: 256)
        try await OpenedVault(options).withKeys { keys in
            let plaintext = try await keys.decrypt(ciphertext, with: try await keys.knownKey(id, "decrypt"))
            try plaintext.secret.withExposedBytes {
                try FileDescriptor.writeAll($0, to: STDOUT_FILENO, "standard output")
            }
        }
    }
}
