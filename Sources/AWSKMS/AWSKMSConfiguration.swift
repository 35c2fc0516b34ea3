public import KeyManagement

/// How to reach AWS KMS.
public struct AWSKMSConfiguration: Sendable {
    /// How long things may take. Defaults: 3 s, 10 s, 60 s.
    public struct Timeouts: Sendable, Equatable {
        /// For a connection to stand, TLS included.
        public var connect: Duration
        /// For one attempt of a call.
        public var attempt: Duration
        /// For a call with all its attempts and the pauses between them.
        public var operation: Duration

        /// Bounds, each above zero.
        public init(
            connect: Duration = .seconds(3), attempt: Duration = .seconds(10), operation: Duration = .seconds(60)
        ) {
            self.connect = connect
            self.attempt = attempt
            self.operation = operation
        }
    }

    /// Where keys live that are not named by ARN, and multi-region keys: `eu-central-1`.
    public var region: String
    /// A URL in place of the region's endpoint, `https://kms.example.com:8443`; it applies to ``region`` only. Where it
    /// is nil, `AWS_ENDPOINT_URL_KMS` applies, to every region.
    public var endpointOverride: String?
    /// How long things may take.
    public var timeouts: Timeouts
    /// A PEM file of the certificate authorities to trust, in place of the system's. Where it is nil,
    /// `AWS_CA_BUNDLE` applies.
    public var caBundle: String?
    /// Takes any certificate. Whoever is between here and the KMS can then read data keys: never in production.
    public var disableSSLVerification: Bool
    /// Where `AWS_…` variables are read. Proxies come from the process's own in any case.
    public var environment: AWSEnvironment
    /// Where credentials come from; nil for ``AWSStaticCredentials`` of ``environment``.
    public var credentials: (any AWSCredentialsProvider)?
    /// How a call is tried again while the KMS throttles, fails or cannot be reached; ``Timeouts/operation`` bounds it, too.
    public var retries = Backoff.failures

    /// A configuration with the defaults of everything but `region`.
    public init(
        region: String, endpointOverride: String? = nil, timeouts: Timeouts = Timeouts(), caBundle: String? = nil,
        disableSSLVerification: Bool = false, environment: AWSEnvironment = .process,
        credentials: (any AWSCredentialsProvider)? = nil
    ) {
        self.region = region
        self.endpointOverride = endpointOverride
        self.timeouts = timeouts
        self.caBundle = caBundle
        self.disableSSLVerification = disableSSLVerification
        self.environment = environment
        self.credentials = credentials
    }
}

extension AWSKMSConfiguration {
    /// Whether a text is written like a region of AWS.
    package static func isRegion(_ text: String) -> Bool { Endpoint.isRegion(text) }

    /// Whether a text is a URL that can take the place of a region's endpoint.
    package static func isEndpoint(_ text: String) -> Bool { Endpoint(url: text) != nil }
}
