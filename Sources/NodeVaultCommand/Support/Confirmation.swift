import Glibc

/// Questions to whoever sits at the terminal.
enum Confirmation {
    /// Goes on only when the answer is `yes`.
    static func ask(_ question: String) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandError(
                code: "invalid-argument", operation: "confirm", message: "nobody can be asked: this is no terminal",
                hint: "give --yes if this is meant", exitStatus: .usage)
        }
        try FileDescriptor.writeAll(Array(question.utf8).span.bytes, to: STDERR_FILENO, "standard error")
        guard readLine() == "yes" else {
            throw CommandError(
                code: "cancelled", operation: "confirm", message: "nothing was done", hint: nil, exitStatus: .failed)
        }
    }
}
