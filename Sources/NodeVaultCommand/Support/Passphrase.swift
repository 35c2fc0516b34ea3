import Glibc
import NodeVault
import SecretMemory

/// Passphrases from the terminal, a file or a descriptor: never an argument.
enum Passphrase {
    /// Asks on the terminal, without echo.
    static func ask(_ prompt: String, confirming: Bool) throws -> SecretBytes {
        let first = try askOnce(prompt)
        guard confirming else { return first }
        let second = try askOnce("once more: ")
        guard first.isEqual(to: second) else {
            throw CommandError(
                code: "invalid-argument", operation: "passphrase", message: "the two passphrases differ",
                hint: "run the command again", exitStatus: .usage)
        }
        return first
    }

    private static func askOnce(_ prompt: String) throws -> SecretBytes {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else {
            throw CommandError(
                code: "passphrase-needed", operation: "passphrase",
                message: "a passphrase is needed, and there is no terminal",
                hint: "give it by --passphrase-file, --passphrase-fd or kms.passphrase-file", exitStatus: .usage)
        }
        defer { close(terminal) }
        var settings = termios()
        tcgetattr(terminal, &settings)
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { tcsetattr(terminal, TCSAFLUSH, &settings) }
        try FileDescriptor.writeAll(Array(prompt.utf8).span.bytes, to: terminal, "the terminal")
        let line = try SecretFile.readTerminalLine(descriptor: terminal)
        try FileDescriptor.writeAll(Array("\n".utf8).span.bytes, to: terminal, "the terminal")
        return line
    }
}
