import Glibc
import KeyManagement
import NodeVault

/// What ends a command, as the operator sees it.
struct CommandError: Error {
    /// What the process answers its caller. Source: `sysexits.h`, and the page of exit codes in `docs/command.md`.
    enum ExitStatus: Int32 {
        case failed = 1
        case usage = 64
        case doesNotVerify = 65
        case inputMissing = 66
        case unavailable = 69
        case outputExists = 73
        case inputOutput = 74
        case tryAgain = 75
        case accessDenied = 77
        case configuration = 78
    }

    let code: String
    let operation: String
    let message: String
    let hint: String
    var awsError: String?
    var requestID: String?
    var isRetryable = false
    let exitStatusCase: ExitStatus

    var exitStatus: Int32 { exitStatusCase.rawValue }

    init(code: String, operation: String, message: String, hint: String?, exitStatus: ExitStatus) {
        self.code = code
        self.operation = operation
        self.message = message
        self.hint = hint ?? Hint.for(code, exitStatus)
        exitStatusCase = exitStatus
    }

    init(_ error: VaultError) {
        self.init(
            code: error.code.rawValue, operation: error.operation, message: error.message, hint: error.hint,
            exitStatus: Self.status(of: error))
        awsError = error.kmsError?.awsErrorType
        requestID = error.kmsError?.requestID
        isRetryable = error.isRetryable
    }

    private static func status(of error: VaultError) -> ExitStatus {
        // A vault whose wrapper key is unknown to the KMS does not open; a name given for use is configuration.
        if error.code.rawValue == "wrapper-key-not-found", error.operation == "open" { return .doesNotVerify }
        return statuses[error.code.rawValue] ?? .failed
    }

    private static let statuses: [String: ExitStatus] = [
        "invalid-argument": .usage, "purpose-not-allowed": .usage, "passphrase-needed": .usage,
        "authentication-failed": .doesNotVerify, "not-a-vault": .doesNotVerify, "newer-schema": .doesNotVerify,
        "older-schema": .doesNotVerify, "wrong-passphrase": .doesNotVerify, "malformed-key": .doesNotVerify,
        "unsupported-algorithm": .doesNotVerify, "public-key-mismatch": .doesNotVerify, "too-large": .doesNotVerify,
        "decryption-failed": .doesNotVerify, "kms-file-damaged": .doesNotVerify, "invalid-ciphertext": .doesNotVerify,
        "incorrect-wrapper-key": .doesNotVerify,
        "vault-missing": .inputMissing, "configuration-missing": .inputMissing, "input-missing": .inputMissing,
        "kms-file-missing": .inputMissing,
        "kms-unavailable": .unavailable, "timed-out": .unavailable, "throttled": .unavailable,
        "invalid-response": .unavailable, "wrapper-key-disabled": .unavailable,
        "wrapper-key-invalid-state": .unavailable,
        "vault-exists": .outputExists, "output-exists": .outputExists,
        "disk-full": .inputOutput, "input-output": .inputOutput, "kms-file-io": .inputOutput,
        "audit-unavailable": .inputOutput,
        "busy": .tryAgain, "kms-file-busy": .tryAgain, "cancelled": .tryAgain,
        "file-access": .accessDenied, "kms-file-access": .accessDenied, "access-denied": .accessDenied,
        "credentials": .accessDenied,
        "configuration": .configuration, "untrusted-account": .configuration, "not-encrypted": .configuration,
        "secret-memory": .configuration, "network-file-system": .configuration,
        "wrapper-key-not-found": .configuration, "wrapper-key-invalid-usage": .configuration,
        "validation": .configuration,
    ]

    /// Prints the error on standard error.
    func report(_ format: OutputFormat) {
        switch format {
        case .text:
            StandardError.write("nodevault: error: \(printable(message))")
            StandardError.write("hint: \(printable(hint))")
        case .json:
            let document = JSON.object([
                (
                    "error",
                    .object([
                        ("code", .string(code)), ("operation", .string(operation)), ("message", .string(message)),
                        ("hint", .string(hint)), ("awsError", .optional(awsError)),
                        ("requestId", .optional(requestID)), ("retryable", .boolean(isRetryable)),
                    ])
                )
            ])
            StandardError.write(document.text)
        }
    }
}

extension CommandError: CustomStringConvertible {
    var description: String { message }
}
