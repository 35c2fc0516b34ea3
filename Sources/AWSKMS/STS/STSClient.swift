import EnvelopeCrypto
import KeyManagement
import SecretMemory

/// Calls the Security Token Service: signs where that is asked for, sends, tries again, and lets each call be audited.
final class STSClient: Sendable {
    private let place: STSEndpoint
    private let transport: LazyTransport
    private let timeouts: AWSKMSConfiguration.Timeouts
    private let auditor: (any CredentialCallAuditor)?
    /// What AWS's clock was found to differ from this machine's.
    private let clockOffset: Lock<Int>
    private let quota = RetryQuota()

    init(
        _ place: STSEndpoint, _ transport: LazyTransport, _ timeouts: AWSKMSConfiguration.Timeouts,
        auditor: (any CredentialCallAuditor)?, clockOffset: Lock<Int>
    ) {
        self.place = place
        self.transport = transport
        self.timeouts = timeouts
        self.auditor = auditor
        self.clockOffset = clockOffset
    }

    /// The role's temporary credentials.
    func assume(
        _ request: STSRequest, until deadline: ContinuousClock.Instant
    ) async throws(KMSError) -> AWSCredentials {
        guard let auditor else { return try await perform(request, until: deadline).credentials }
        let call = CredentialCall(
            operation: request.operation, role: request.role.arn, sessionName: request.sessionName,
            endpoint: place.endpoint.url)
        var found: AWSCredentials?
        try await auditor.audit(call) { () async throws(KMSError) in
            let (credentials, requestID) = try await self.perform(request, until: deadline)
            found = credentials
            return CredentialCallAnswer(
                accessKeyID: credentials.shownID,
                expiryInSecondsSince1970: credentials.expiryInSecondsSince1970 ?? 0, requestID: requestID)
        }
        guard let found else {
            throw KMSError(
                .auditUnavailable, operation: request.operation,
                message: "the audit of \(request.operation.rawValue) did not let the call be made; check the audit log")
        }
        return found
    }

    private func perform(
        _ request: STSRequest, until deadline: ContinuousClock.Instant
    ) async throws(KMSError) -> (credentials: AWSCredentials, requestID: String) {
        var pacer = RetryPacer(quota)
        var isClockCorrected = false
        while true {
            let failure: AttemptFailure
            do throws(AttemptFailure) {
                let response = try await exchange(request, until: deadline)
                pacer.succeeded()
                return (try read(response, of: request), response.requestID ?? "")
            } catch { failure = error }
            switch failure.remedy {
            case .correctClock(let offset) where !isClockCorrected:
                isClockCorrected = true
                clockOffset.withLock { $0 = offset }
            case .again: try await pacer.pause(after: failure, .failures, until: deadline)
            default: throw failure.error
            }
            // Without an auditor of its own who listens here listens to a call of the KMS.
            if auditor != nil { try await KMSAttempts.willRepeat(after: failure.error) }
        }
    }

    private func exchange(
        _ request: STSRequest, until deadline: ContinuousClock.Instant
    ) async throws(AttemptFailure) -> HTTPResponse {
        let offset = clockOffset.withLock { $0 }
        let time = SigningTime.now(offsetInSeconds: offset)
        let message = try self.message(request, at: time, timeout: deadline - .now)
        let response: HTTPResponse
        do throws(TransportFailure) {
            response = try await transport.get().send(message)
        } catch {
            throw AttemptFailure(
                error, of: request.operation, place: "STS at \(place.endpoint.url)", region: place.signingRegion)
        }
        guard response.status == 200 else {
            throw STSRefusal(
                request: request, endpoint: place.endpoint, response: response, time: time, clockOffset: offset
            ).failure
        }
        return response
    }

    private func message(
        _ request: STSRequest, at time: SigningTime, timeout: Duration
    ) throws(AttemptFailure) -> HTTPRequest {
        func failed(_ message: String) -> AttemptFailure {
            AttemptFailure(KMSError(.secretMemory, operation: request.operation, message: message))
        }
        let body: SecretBox
        do throws(SecretMemoryError) { body = SecretBox(try request.body()) } catch { throw failed(error.description) }
        var fields = [
            HTTPField("host", place.endpoint.authority),
            HTTPField("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ]
        if case .credentials(let credentials) = request.right {
            do throws(EnvelopeError) {
                fields = try SigV4(region: place.signingRegion, service: "sts").sign(
                    fields, path: place.endpoint.path, body: body.secret, with: credentials, at: time)
            } catch {
                if case .secretMemory(let reason) = error { throw failed(reason) }
                throw failed("signing failed: \(error)")
            }
        }
        let left = max(.milliseconds(1), timeout)
        do throws(SecretMemoryError) {
            return try HTTPRequest(
                url: place.endpoint.url, fields: fields, body: body, connectTimeout: min(timeouts.connect, left),
                timeout: min(timeouts.attempt, left))
        } catch { throw failed(error.description) }
    }

    private func read(_ response: HTTPResponse, of request: STSRequest) throws(AttemptFailure) -> AWSCredentials {
        let source = "role \(request.role.arn) by \(request.role.place)"
        do throws(AnswerProblem) {
            return try STSAnswer.credentials(in: response.body, of: request.operation, source: source)
        } catch {
            throw AttemptFailure(error, of: request.operation, at: place.endpoint, in: response)
        }
    }
}
