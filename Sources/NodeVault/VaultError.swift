public import KeyManagement
import EnvelopeCrypto
import Foundation
import NodeKeys
import SecretMemory
import VaultStorage

/// What went wrong in a vault operation. Equal when the codes are equal.
public struct VaultError: Error, Equatable, Sendable {
    /// What kind of failure; codes can be added without breaking users.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code's stable name, as the command's JSON has it.
        public let rawValue: String
        /// A code by name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The name.
        public var description: String { rawValue }

        /// No private key of this id is in the vault.
        public static let keyNotFound = Code(rawValue: "key-not-found")
        /// A row, record, data key or the head does not authenticate.
        public static let authenticationFailed = Code(rawValue: "authentication-failed")
        /// The operation needs a key of another purpose or scheme.
        public static let purposeNotAllowed = Code(rawValue: "purpose-not-allowed")
        /// An argument is out of its bounds.
        public static let invalidArgument = Code(rawValue: "invalid-argument")
        /// The configuration is incomplete or contradicts the vault.
        public static let configuration = Code(rawValue: "configuration")
        /// A wrapper key of an account that is not trusted.
        public static let untrustedAccount = Code(rawValue: "untrusted-account")
        /// The vault already lies under the wrapper key asked for.
        public static let wrapperKeyInUse = Code(rawValue: "wrapper-key-in-use")
        /// The vault is clear, and the operation needs an encrypted one.
        public static let notEncrypted = Code(rawValue: "not-encrypted")
        /// The key store was closed.
        public static let closed = Code(rawValue: "closed")
        /// The task was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
        /// Secret memory cannot be had.
        public static let secretMemory = Code(rawValue: "secret-memory")
        /// OpenSSL refused an operation that cannot fail on good input.
        public static let cryptoFailure = Code(rawValue: "crypto-failure")
    }

    /// What kind of failure. Codes of `KMSError`, of storage and of key files keep their names.
    public let code: Code
    /// The operation that failed: `sign`, `rewrap` …
    public let operation: String
    /// One sentence, lower case: what was wanted, what was found.
    public let message: String
    /// What to do, where there is something.
    public let hint: String?
    /// What is behind it.
    public let cause: (any Error)?

    /// An error of a vault operation.
    public init(
        _ code: Code, operation: String, message: String, hint: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.operation = operation
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    /// The KMS's side of the failure, where the KMS failed.
    public var kmsError: KMSError? { cause as? KMSError }

    /// Whether the same call may succeed later.
    public var isRetryable: Bool {
        kmsError?.isRetryable ?? ((cause as? StorageError).map { $0.code == .busy } ?? false)
    }

    /// Equal when the codes are equal.
    public static func == (left: VaultError, right: VaultError) -> Bool { left.code == right.code }
}

extension VaultError {
    /// The façade's error for whatever a room threw.
    package init(_ error: any Error, operation: String) {
        switch error {
        case let error as VaultError: self = error
        case let error as StorageError:
            self.init(
                Code(rawValue: error.code.rawValue), operation: operation, message: Self.sentence(error.message),
                hint: Self.hint(error.message), cause: error)
        case let error as KMSError:
            self.init(
                Code(rawValue: error.code.rawValue), operation: operation, message: Self.sentence(error.message),
                hint: Self.hint(error.message), cause: error)
        case let error as NodeKeysError:
            self.init(
                Code(rawValue: error.code.rawValue), operation: operation, message: Self.sentence(error.message),
                hint: Self.hint(error.message), cause: error)
        case let error as SecretMemoryError:
            self.init(
                .secretMemory, operation: operation, message: Self.sentence(error.description),
                hint: Self.hint(error.description), cause: error)
        case let error as EnvelopeError: self.init(error, operation: operation)
        case is CancellationError:
            self.init(.cancelled, operation: operation, message: "the operation was cancelled", cause: error)
        default: self.init(Code(rawValue: "failed"), operation: operation, message: "\(error)", cause: error)
        }
    }

    private init(_ error: EnvelopeError, operation: String) {
        switch error {
        case .authenticationFailed:
            self.init(
                .authenticationFailed, operation: operation, message: "a sealed value does not authenticate",
                hint: "run nodevault verify, and restore a backup", cause: error)
        case .malformed(let message):
            self.init(.authenticationFailed, operation: operation, message: message, cause: error)
        case .randomUnavailable:
            self.init(
                .cryptoFailure, operation: operation, message: "OpenSSL's random generator failed",
                hint: "check that the system's entropy source works", cause: error)
        case .cryptoFailure(let message):
            self.init(.cryptoFailure, operation: operation, message: message, cause: error)
        case .secretMemory(let message):
            self.init(
                .secretMemory, operation: operation, message: Self.sentence(message), hint: Self.hint(message),
                cause: error)
        }
    }

    /// Rooms end a message with `; what to do`: that part is the hint.
    private static func hint(_ message: String) -> String? {
        message.range(of: "; ", options: .backwards).map { String(message[$0.upperBound...]) }
    }

    private static func sentence(_ message: String) -> String {
        message.range(of: "; ", options: .backwards).map { String(message[..<$0.lowerBound]) } ?? message
    }
}

/// Runs `body` and turns what it throws into the façade's error.
func mapped<R>(_ operation: String, _ body: () throws -> R) throws(VaultError) -> R {
    do { return try body() } catch { throw VaultError(error, operation: operation) }
}

/// Runs `body` and turns what it throws into the façade's error.
func mapped<R>(_ operation: String, _ body: () async throws -> R) async throws(VaultError) -> R {
    do { return try await body() } catch { throw VaultError(error, operation: operation) }
}
