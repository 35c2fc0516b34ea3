import KeyManagement
import SecretMemory

@testable import AWSKMS

extension AWSKMSConfiguration {
    /// A client of a server on loopback, with short pauses.
    static func forTests(
        region: String = "us-east-1", endpoint: String, keys: (id: String, secret: String), token: String? = nil,
        caBundle: String? = nil, timeouts: Timeouts = Timeouts()
    ) -> AWSKMSConfiguration {
        var environment = ["AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret]
        environment["AWS_SESSION_TOKEN"] = token
        var configuration = AWSKMSConfiguration(
            region: region, endpointOverride: endpoint, timeouts: timeouts, caBundle: caBundle,
            environment: .fixed(environment))
        configuration.retries = Backoff(initialDelay: .milliseconds(20), maxDelay: .seconds(20), maxRetries: 2)
        return configuration
    }
}
