import ArgumentParser
import Glibc
import NodeVault

/// The `nodevault` command.
@main
struct NodeVaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodevault",
        abstract: "Keeps a node's private keys in SQLite, sealed under keys that a KMS wraps.",
        usage: """
            nodevault -c participant1.conf init
            nodevault -c participant1.conf key generate --scheme ed25519 --purpose signing
            nodevault -c participant1.conf sign KEY-ID message.bin > signature.bin
            """,
        discussion: """
            Results go to standard output, everything else to standard error. NODEVAULT_CONFIG stands for -c.
            Exit: 0 done, 1 failed, 64 usage, 65 does not verify or open, 66 input missing, 69 KMS unavailable,
            73 output exists, 74 disk or audit log, 75 busy or interrupted, 77 access denied, 78 configuration.
            """,
        version: Version.text,
        subcommands: [
            Init.self, Key.self, Sign.self, VerifySignature.self, Decrypt.self, Status.self, Verify.self,
            Rewrap.self, Rotate.self, Config.self, Upgrade.self, PrintIAMPolicy.self,
        ])

    @OptionGroup var options: GlobalOptions

    static func main() async {
        prepareProcess()
        FileDescriptor.occupyStandardOnes()
        // A reader that went away, or a limit of the file's size, is an error of the write.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        Interruption.watch()
        // Every file that the command makes is its owner's alone, unless a mode is set on purpose.
        umask(0o077)
        StandardErrorLog.install()
        var format = UsageError.formatAsked
        do {
            var command = try parseAsRoot()
            if let action = command as? any VaultAction { format = action.options.format }
            guard let action = command as? any AsyncParsableCommand else { return try command.run() }
            // Unsafe: this task alone has the command.
            nonisolated(unsafe) var running = action
            try await Interruption.run(format) { try await running.run() }
        } catch let exit as ExitCode {
            Glibc.exit(exit.rawValue)
        } catch {
            // Help and version are no failures.
            if exitCode(for: error) == .success { exit(withError: error) }
            let error = CommandError(any: error)
            error.report(format)
            Glibc.exit(error.exitStatus)
        }
    }
}

/// The version of command and library.
enum Version {
    static let text = "0.1.0"
}
