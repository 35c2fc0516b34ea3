/// A source of AWS credentials.
public protocol AWSCredentialsProvider: Sendable {
    /// The credentials to sign the next calls with.
    ///
    /// ``AWSKMS`` keeps them until shortly before they end, or until the KMS refuses them; it asks one at a time, and
    /// waits no longer than the call that needs them may take.
    func credentials() async throws(AWSCredentialsError) -> AWSCredentials
}
