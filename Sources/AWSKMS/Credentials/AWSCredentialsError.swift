public import KeyManagement
import SecretMemory

/// Why there are no credentials to sign with: one sentence that says what was looked at and what to do.
public struct AWSCredentialsError: Error, Sendable, CustomStringConvertible {
    /// The sentence; never with a secret in it.
    public let description: String
    /// What kind of failure: ``KMSError/Code/credentials``, or why the source could not answer.
    public let code: KMSError.Code
    /// Whether the same source may answer later.
    public let isRetryable: Bool

    /// An error with this sentence.
    public init(_ description: String, code: KMSError.Code = .credentials, isRetryable: Bool = false) {
        self.description = description
        self.code = code
        self.isRetryable = isRetryable
    }

    init(_ error: KMSError) { self.init(error.message, code: error.code, isRetryable: error.isRetryable) }

    init(_ error: SecretMemoryError) { self.init(error.description, code: .secretMemory) }
}
