import Glibc
import NodeVault
import SecretMemory

/// Passphrases from the terminal, a file or a descriptor: never an argument.
enum Passphrase {
    /// Asks on the terminal, without echo.
    static func ask(_ prompt: String, confirming: Bool) throws(VaultError) -> SecretBytes {
        let first = try askOnce(prompt)
        guard confirming else { return first }
        let second = try askOnce("once more: ")
        guard first.isEqual(to: second) else {
            throw VaultError(
                .invalidArgument, operation: "passphrase", message: "the two passphrases differ",
                hint: "run the command again")
        }
        return first
    }

    private static func askOnce(_ prompt: String) throws(VaultError) -> SecretBytes {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else {
            throw VaultError(
                VaultError.Code(rawValue: "passphrase-needed"), operation: "passphrase",
                message: "a passphrase is needed, and there is no terminal",
                hint: "give it by --passphrase-file, --passphrase-fd or kms.passphrase-file")
        }
        defer { close(terminal) }
        let echo = TerminalEcho(terminal)
        Interruption.beginQuestion { echo.restore() }
        defer {
            Interruption.endQuestion()
            echo.restore()
        }
        echo.silence(prompt)
        return try SecretFile.readTerminalLine(descriptor: terminal)
    }
}

/// A terminal that does not show what is typed, until it is restored.
private struct TerminalEcho: Sendable {
    private let terminal: Int32
    private let settings: termios

    init(_ terminal: Int32) {
        self.terminal = terminal
        var settings = termios()
        tcgetattr(terminal, &settings)
        self.settings = settings
    }

    func silence(_ prompt: String) {
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        show(prompt)
    }

    func restore() {
        var settings = settings
        tcsetattr(terminal, TCSAFLUSH, &settings)
        // The line end that was typed was not shown.
        show("\n")
    }

    private func show(_ text: String) {
        // Where the terminal is gone, reading from it fails too.
        try? FileDescriptor.writeAll(Array(text.utf8).span.bytes, to: terminal, "the terminal")
    }
}
