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
    /// is nil, what the environment or the profile names applies, to every region: `AWS_ENDPOINT_URL_KMS`,
    /// `AWS_ENDPOINT_URL`, `endpoint_url`.
    public var endpointOverride: String?
    /// How long things may take.
    public var timeouts: Timeouts
    /// A PEM file of the certificate authorities to trust, in place of the system's. Where it is nil,
    /// `AWS_CA_BUNDLE` applies, then the profile's `ca_bundle`.
    public var caBundle: String?
    /// Takes any certificate. Whoever is between here and the KMS can then read data keys: never in production. Calls
    /// for credentials verify in any case.
    public var disableSSLVerification: Bool
    /// Takes endpoints of plain `http` elsewhere than on this machine. Whoever is between here and the KMS then reads
    /// data keys: never in production.
    public var allowsPlainHTTP = false
    /// Where `AWS_…` variables are read. Proxies come from the process's own in any case.
    public var environment: AWSEnvironment
    /// Where credentials come from; nil for the AWS SDKs' order: ``environment``, the shared files' profile, which can
    /// name a role, a web identity or a program, then the service of a container or an instance.
    public var credentials: (any AWSCredentialsProvider)?
    /// How a call is tried again while the KMS throttles, fails or cannot be reached; ``Timeouts/operation`` bounds it,
    /// too.
    public var retries = Backoff.failures
    /// Stands before each call to STS that fetches credentials; nil for none. Calls of ``credentials`` of one's own are
    /// not seen.
    public var credentialAuditor: (any CredentialCallAuditor)?

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

    /// The region that the environment names, or else the chosen profile of the shared files; nil where neither does.
    ///
    /// - Throws: ``AWSCredentialsError`` when a file exists and cannot be read.
    package static func region(from environment: AWSEnvironment) throws(AWSCredentialsError) -> String? {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let region = environment.value(name) { return region }
        }
        let files = SharedFiles(environment)
        return try files.profile(files.chosen.name)?["region"]
    }

    /// Whether a text is a URL that can take the place of a region's endpoint.
    package static func isEndpoint(_ text: String) -> Bool { Endpoint(url: text) != nil }

    /// Whether nobody between here and the endpoint can read what is sent there; true for what is no endpoint.
    package static func isProtected(_ endpoint: String) -> Bool { Endpoint(url: endpoint)?.isProtected ?? true }
}
