import EnvelopeCrypto
import KeyManagement
import SecretMemory

/// Performs calls: signs, sends, tries again where that can help, and reads the answer.
final class KMSClient: Sendable {
    private let transport: CurlTransport
    private let credentials: CredentialStore
    private let timeouts: AWSKMSConfiguration.Timeouts
    private let retries: Lock<Backoff>
    private let quota = RetryQuota()
    /// What the KMS's clock was found to differ from this machine's.
    private let clockOffset = Lock(0)

    init(_ configuration: AWSKMSConfiguration, _ settings: EndpointSettings) throws(TransportFailure) {
        let caBundle = configuration.caBundle ?? configuration.environment.value("AWS_CA_BUNDLE") ?? settings.caBundle
        transport = try CurlTransport(
            TransportSettings(caBundle: caBundle, verifiesServer: !configuration.disableSSLVerification))
        timeouts = configuration.timeouts
        retries = Lock(configuration.retries)
        credentials = CredentialStore(
            configuration.credentials
                ?? CredentialChain(
                    configuration, settings,
                    LazyTransport(TransportSettings(caBundle: caBundle, verifiesServer: true)), clockOffset))
    }

    /// From the next failure on.
    func setRetries(_ retries: Backoff) { self.retries.withLock { $0 = retries } }

    /// Source: the AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode.
    func perform<R: ~Copyable>(
        _ call: KMSCall, read: (KMSAnswer) throws(AnswerProblem) -> R
    ) async throws(KMSError) -> R {
        let deadline = ContinuousClock.now + timeouts.operation
        var pacer = RetryPacer(quota)
        var isClockCorrected = false
        var areCredentialsRenewed = false
        while true {
            let failure: AttemptFailure
            do throws(AttemptFailure) {
                let response = try await exchange(call, until: deadline)
                pacer.succeeded()
                return try self.read(response, of: call, read)
            } catch { failure = error }
            switch failure.remedy {
            case .correctClock(let offset) where !isClockCorrected:
                isClockCorrected = true
                clockOffset.withLock { $0 = offset }
            case .renewCredentials where !areCredentialsRenewed: areCredentialsRenewed = true
            case .again:
                try await pacer.pause(after: failure, retries.withLock(\.self), until: deadline)
            default: throw failure.error
            }
            try await KMSAttempts.willRepeat(after: failure.error)
        }
    }

    /// One attempt: a request signed anew, and its answer where that is a good one.
    private func exchange(
        _ call: KMSCall, until deadline: ContinuousClock.Instant
    ) async throws(AttemptFailure) -> HTTPResponse {
        let credentials = try await currentCredentials(for: call.operation, until: deadline)
        let offset = clockOffset.withLock { $0 }
        let time = SigningTime.now(offsetInSeconds: offset)
        let request = try signed(call, with: credentials, at: time, timeout: deadline - .now)
        let response: HTTPResponse
        do throws(TransportFailure) {
            response = try await transport.send(request)
        } catch { throw AttemptFailure(error, of: call) }
        guard response.status != 200 else { return response }
        let refusal = Refusal(response, of: call, signedWith: credentials, at: time, clockOffset: offset).failure
        switch refusal.remedy {
        case .none where refusal.error.code == .credentials: self.credentials.forget(credentials)
        case .renewCredentials where await !self.credentials.renew(credentials, until: deadline):
            throw AttemptFailure(refusal.error)
        default: break
        }
        throw refusal
    }

    /// What calls are signed with now.
    func credentialsInUse() async throws(KMSError) -> AWSCredentials {
        do throws(AttemptFailure) {
            return try await currentCredentials(for: .describeKey, until: .now + timeouts.operation)
        } catch { throw error.error }
    }

    private func currentCredentials(
        for operation: KMSOperation, until deadline: ContinuousClock.Instant
    ) async throws(AttemptFailure) -> AWSCredentials {
        do throws(AWSCredentialsError) {
            return try await credentials.current(until: deadline)
        } catch {
            throw AttemptFailure(
                KMSError(
                    error.code, operation: operation, message: error.description, isRetryable: error.isRetryable))
        }
    }

    private func signed(
        _ call: KMSCall, with credentials: AWSCredentials, at time: SigningTime, timeout: Duration
    ) throws(AttemptFailure) -> HTTPRequest {
        let signer = SigV4(region: call.region, service: "kms")
        let fields: [HTTPField]
        do throws(EnvelopeError) {
            fields = try signer.sign(
                call.fields, path: call.endpoint.path, body: call.body.secret, with: credentials, at: time)
        } catch {
            let message = if case .secretMemory(let reason) = error { reason } else { "signing failed: \(error)" }
            throw AttemptFailure(KMSError(.secretMemory, operation: call.operation, message: message))
        }
        do throws(SecretMemoryError) {
            return try HTTPRequest(
                url: call.endpoint.url, fields: fields, body: call.body,
                connectTimeout: min(timeouts.connect, timeout), timeout: min(timeouts.attempt, timeout),
                isSentOnce: !call.isRepeatable)
        } catch {
            throw AttemptFailure(KMSError(.secretMemory, operation: call.operation, message: error.description))
        }
    }

    private func read<R: ~Copyable>(
        _ response: HTTPResponse, of call: KMSCall, _ body: (KMSAnswer) throws(AnswerProblem) -> R
    ) throws(AttemptFailure) -> R {
        let requestID = response.requestID ?? ""
        do throws(AnswerProblem) {
            return try response.body.withExposedBytes { span throws(AnswerProblem) in
                try span.withUnsafeBytes { bytes throws(AnswerProblem) in
                    try body(KMSAnswer(bytes, requestID: requestID))
                }
            }
        } catch {
            throw AttemptFailure(
                error, of: call.operation, at: call.endpoint, in: response,
                advice: call.isRepeatable ? "; check the endpoint" : call.doubt)
        }
    }
}
