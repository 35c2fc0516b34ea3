import KeyManagement

/// An answer of STS that is an error, made into one of ours. Nothing of its body is passed on but the error's name.
struct STSRefusal {
    let request: STSRequest
    let endpoint: Endpoint
    let response: HTTPResponse
    let time: SigningTime
    let clockOffset: Int

    var failure: AttemptFailure {
        let type = ErrorType.of(response)
        if type.map(ErrorClass.isClockDependent) == true, let difference = response.clockDifference(from: time) {
            return make(
                type, .credentials,
                "this machine's clock is \(abs(difference)) seconds off the one of \(place), which refuses the "
                    + "signature; set the clock", .correctClock(offsetInSeconds: clockOffset + difference))
        }
        let name = type ?? "HTTP status \(response.status)"
        switch type.flatMap(ErrorClass.init) {
        case .throttling:
            return make(type, .throttled, "\(place) asks for fewer calls (\(name)); try again later", .again)
        case .transient: return fault(type, name)
        case .expired:
            return make(type, .credentials, "\(request.asker) has expired, says \(place); renew it")
        case .unknownCredentials:
            return make(
                type, .credentials,
                "\(place) does not accept \(request.asker) (\(name)); check the access key, its secret and its session "
                    + "token")
        case .denied:
            return make(
                type, .accessDenied,
                "access denied: sts:\(request.operation.rawValue) on \(request.role.arn) is not allowed for "
                    + "\(request.asker); allow it in the role's trust policy and in the caller's policies")
        case nil: return byStatus(type, name)
        }
    }

    private func byStatus(_ type: String?, _ name: String) -> AttemptFailure {
        switch response.status {
        case 429: return make(type, .throttled, "\(place) asks for fewer calls (\(name)); try again later", .again)
        case let status where ErrorClass.isTransient(status: status): return fault(type, name)
        default: break
        }
        switch type {
        case "InvalidIdentityToken", "IDPRejectedClaim", "InvalidIdentityTokenException", "IDPRejectedClaimException":
            return make(
                type, .credentials,
                "\(place) does not accept \(request.asker) (\(name)); check the identity provider and the role's trust "
                    + "policy")
        case "RegionDisabledException":
            return make(type, .credentials, "\(place) is switched off for the account; switch the region on")
        case nil:
            return make(
                nil, .invalidResponse, "\(endpoint.url) answers as no STS does (\(name)); check the endpoint")
        default:
            return make(
                type, .validation,
                "\(place) refuses the role of \(request.role.place) (\(name)); check its ARN, session name, external "
                    + "id and duration")
        }
    }

    private var place: String { "STS at \(endpoint.url)" }

    private func fault(_ type: String?, _ name: String) -> AttemptFailure {
        make(type, .unavailable, "\(place) has a fault of its own (\(name)); try again later", .again)
    }

    private func make(
        _ type: String?, _ code: KMSError.Code, _ message: String, _ remedy: AttemptFailure.Remedy = .none
    ) -> AttemptFailure {
        AttemptFailure(
            KMSError(
                code, operation: request.operation, message: message, awsErrorType: type,
                httpStatus: response.status, requestID: response.requestID, isRetryable: remedy == .again),
            remedy: remedy, retryAfter: remedy == .again ? response.retryAfter : nil)
    }
}
