import ArgumentParser
import Foundation
import NodeVault

/// What ArgumentParser has to say about arguments, in the form of every other error.
enum UsageError {
    /// The format that the arguments ask for, also where they are wrong otherwise.
    static var formatAsked: OutputFormat {
        let arguments = CommandLine.arguments
        let isJSON = zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
        return isJSON || arguments.contains("--format=json") ? .json : .text
    }

    static func error(_ error: any Error) -> CommandError {
        let message = NodeVaultCommand.message(for: error).split(whereSeparator: \.isNewline)
            .map { $0.drop(while: \.isWhitespace) }.joined(separator: " ")
        // The parser's own last line names the command whose help is meant.
        let parts = NodeVaultCommand.fullMessage(for: error).components(separatedBy: "See '")
        let help = parts.count > 1 ? parts[parts.count - 1].prefix { $0 != "'" } : "nodevault --help"
        return CommandError(
            code: "usage", operation: "command", message: message, hint: "\(help) shows how it is used",
            exitStatus: .usage)
    }
}

extension CommandError {
    /// The command's error for whatever ended it.
    init(any error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as VaultError: self.init(error)
        case _ where NodeVaultCommand.exitCode(for: error) == .validationFailure: self = UsageError.error(error)
        default:
            self.init(code: "failed", operation: "command", message: "\(error)", hint: nil, exitStatus: .failed)
        }
    }
}
