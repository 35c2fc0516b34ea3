/// A source of AWS credentials.
public protocol AWSCredentialsProvider: Sendable {
    /// The credentials to sign the next call with. ``AWSKMS`` keeps them until the KMS refuses them.
    func credentials() async throws(AWSCredentialsError) -> AWSCredentials
}
