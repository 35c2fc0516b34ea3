import Dispatch
import KeyManagement
import SecretMemory

/// Where the AWS SDKs look for credentials, in their order, and the calls that it takes.
struct CredentialChain: AWSCredentialsProvider {
    private let environment: AWSEnvironment
    private let region: String
    private let settings: EndpointSettings
    private let timeouts: AWSKMSConfiguration.Timeouts
    private let transport: LazyTransport
    private let sts: STSClient?

    init(
        _ configuration: AWSKMSConfiguration, _ settings: EndpointSettings, _ transport: LazyTransport,
        _ clockOffset: Lock<Int>
    ) {
        environment = configuration.environment
        region = configuration.region
        self.settings = settings
        timeouts = configuration.timeouts
        self.transport = transport
        sts = STSEndpoint(region: configuration.region, settings).map {
            STSClient(
                $0, transport, configuration.timeouts, auditor: configuration.credentialAuditor,
                clockOffset: clockOffset)
        }
    }

    /// The credentials of the source that is configured now: files and variables are read anew each time.
    func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
        let deadline = ContinuousClock.now + timeouts.operation
        let plan = try await onFiles { () throws(AWSCredentialsError) in CredentialPlan(environment) }
        let source = try await onFiles(plan.source)
        do throws(AWSCredentialsError) {
            guard let source else { throw AWSCredentialsError("", code: .unavailable) }
            return try await credentials(of: source, until: deadline)
        } catch {
            // The last in the order, which nobody configured, is not there.
            let isLast = if case .instance? = source { true } else { source == nil }
            guard isLast, error.code == .unavailable else { throw error }
            throw nothingFound(in: plan.files, error.description)
        }
    }

    private func credentials(
        of source: CredentialSource, until deadline: ContinuousClock.Instant
    ) async throws(AWSCredentialsError) -> AWSCredentials {
        switch source {
        case .written(let found): return found
        case .process(let process): return try await process.credentials(environment: environment, until: deadline)
        case .container:
            return try await ContainerCredentials(environment, transport).credentials(until: deadline)
        case .instance:
            let metadata = try await onFiles { () throws(AWSCredentialsError) in
                let files = SharedFiles(environment)
                return try MetadataSettings(environment, files.profile(files.chosen.name))
            }
            return try await InstanceMetadata(metadata, transport).credentials(until: deadline)
        case .role(let role, let other):
            let own = try await credentials(of: other, until: deadline)
            return try await assume(role, .credentials(own), until: deadline)
        case .webIdentity(let role, let file):
            let token = try await onFiles { () throws(AWSCredentialsError) in try WebIdentityToken.read(file) }
            return try await assume(role, .token(token, file: file), until: deadline)
        }
    }

    private func assume(
        _ role: AssumedRole, _ right: STSRequest.Right, until deadline: ContinuousClock.Instant
    ) async throws(AWSCredentialsError) -> AWSCredentials {
        guard let sts else { throw AWSCredentialsError("\"\(region)\" is no AWS region; check kms.region") }
        let now = SigningTime.now(offsetInSeconds: 0).secondsSince1970
        let request = STSRequest(role: role, sessionName: role.sessionName ?? "nodevault-\(now)", right: right)
        do throws(KMSError) { return try await sts.assume(request, until: deadline) } catch {
            throw AWSCredentialsError(error)
        }
    }

    /// Files can be slow: they are not read on Swift's own threads.
    private func onFiles<R: Sendable>(
        _ body: @escaping @Sendable () throws(AWSCredentialsError) -> R
    ) async throws(AWSCredentialsError) -> R {
        let result: Result<R, AWSCredentialsError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }

    private func nothingFound(in files: SharedFiles, _ reason: String) -> AWSCredentialsError {
        let looked =
            "no AWS credentials: AWS_ACCESS_KEY_ID is not set, and profile \(files.chosen.name) has no keys in "
            + files.paths
        let first = reason.prefix { $0 != ";" }
        return AWSCredentialsError(
            looked + (first.isEmpty ? "" : ", and \(first)")
                + "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
    }
}
