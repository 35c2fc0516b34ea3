import EnvelopeCrypto
import Glibc
import SecretMemory

/// Why LocalKMS refuses, as its parts know it: without the call that it happened in.
struct LocalFailure: Error {
    let code: KMSError.Code
    let awsErrorType: String?
    let message: String

    init(_ code: KMSError.Code, _ message: String, awsErrorType: String? = nil) {
        self.code = code
        self.awsErrorType = awsErrorType
        self.message = message
    }

    func error(in operation: KMSOperation, requestID: String? = nil) -> KMSError {
        KMSError(
            code, operation: operation, message: message, awsErrorType: awsErrorType, requestID: requestID,
            isRetryable: code == .busy)
    }

    static func validation(_ message: String, awsErrorType: String = "ValidationException") -> LocalFailure {
        LocalFailure(.validation, message, awsErrorType: awsErrorType)
    }

    static func limit(_ message: String) -> LocalFailure {
        LocalFailure(.validation, message, awsErrorType: "LimitExceededException")
    }

    static func notFound(_ message: String) -> LocalFailure {
        LocalFailure(.notFound, message, awsErrorType: "NotFoundException")
    }

    static func invalidState(_ message: String) -> LocalFailure {
        LocalFailure(.invalidState, message, awsErrorType: "KMSInvalidStateException")
    }

    static let invalidCiphertext = LocalFailure(
        .invalidCiphertext, "the ciphertext does not open: it is damaged, or its encryption context is another one",
        awsErrorType: "InvalidCiphertextException")

    /// A failed system call on `path`; `errno` must still be the call's.
    static func file(_ path: String, cannot verb: String, errno number: Int32 = errno) -> LocalFailure {
        let reason = String(cString: strerror(number))
        return switch number {
        case ENOENT, ENOTDIR:
            LocalFailure(.missingFile, "\(path) cannot be \(verb): \(reason.lowercased()); check the path")
        case ELOOP:
            LocalFailure(.fileAccess, "\(path) is a symbolic link; name the file itself")
        case EACCES, EPERM, EROFS:
            LocalFailure(.fileAccess, "\(path) cannot be \(verb): \(reason.lowercased())")
        default:
            LocalFailure(.fileIO, "\(path) cannot be \(verb): \(reason.lowercased())")
        }
    }

    init(_ error: SecretMemoryError) { self.init(.secretMemory, error.description) }

    /// A failure of the envelope's cryptography that is not a wrong key: that one the caller names.
    init(_ error: EnvelopeError) {
        switch error {
        case .authenticationFailed: self = .invalidCiphertext
        case .secretMemory(let reason): self.init(.secretMemory, reason)
        case .randomUnavailable:
            self.init(.unavailable, "OpenSSL's random generator failed", awsErrorType: "KMSInternalException")
        case .malformed(let reason), .cryptoFailure(let reason):
            self.init(.unavailable, reason, awsErrorType: "KMSInternalException")
        }
    }
}

extension LocalFailure {
    /// Runs `body` with the error of this room.
    static func mapping<R: ~Copyable>(_ body: () throws(EnvelopeError) -> R) throws(LocalFailure) -> R {
        do { return try body() } catch { throw LocalFailure(error) }
    }

    /// Allocates zero bytes of secret memory, with the error of this room.
    static func zeroedSecret(count: Int) throws(LocalFailure) -> SecretBytes {
        do { return try SecretBytes(zeroedCount: count) } catch { throw LocalFailure(error) }
    }

    /// Draws a secret, with the error of this room.
    static func randomSecret(count: Int) throws(LocalFailure) -> SecretBytes {
        do { return try SecretBytes.random(count: count) } catch { throw LocalFailure(error) }
    }
}
