/// Why an envelope operation failed.
public enum EnvelopeError: Error, Equatable, Sendable {
    /// Wrong key, changed metadata or tampering: they are one error, and nothing else is said.
    case authenticationFailed
    /// The bytes are no sealed record of a known version.
    case malformed(String)
    /// OpenSSL's random generator failed.
    case randomUnavailable
    /// OpenSSL refused an operation that cannot fail on good input.
    case cryptoFailure(String)
    /// Secret memory could not be had.
    case secretMemory(String)
}
