/// Why there are no credentials to sign with: one sentence that says what was looked at and what to do.
public struct AWSCredentialsError: Error, Sendable, CustomStringConvertible {
    /// The sentence; never with a secret in it.
    public let description: String

    /// An error with this sentence.
    public init(_ description: String) { self.description = description }
}
