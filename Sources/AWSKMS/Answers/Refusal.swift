import KeyManagement

/// An answer that is an error, made into one of ours. Nothing of its body is passed on but the error's name.
struct Refusal {
    private let call: KMSCall
    private let credentials: AWSCredentials
    private let response: HTTPResponse
    private let type: String?
    /// When the request was signed.
    private let time: SigningTime
    private let clockOffset: Int

    init(
        _ response: HTTPResponse, of call: KMSCall, signedWith credentials: AWSCredentials, at time: SigningTime,
        clockOffset: Int
    ) {
        self.call = call
        self.credentials = credentials
        self.response = response
        self.time = time
        self.clockOffset = clockOffset
        type = ErrorType.of(response)
    }

    var failure: AttemptFailure {
        if type.map(ErrorClass.isClockDependent) == true, let offset = clockCorrection {
            return make(
                .credentials,
                "this machine's clock is \(abs(offset - clockOffset)) seconds off the KMS's, which refuses the "
                    + "signature; set the clock", .correctClock(offsetInSeconds: offset))
        }
        let known = type.flatMap { knownFailure($0) }
        return known ?? failureByStatus
    }

    private var place: String { "the KMS at \(call.endpoint.url)" }

    private func knownFailure(_ type: String) -> AttemptFailure? {
        let key = call.keyName
        if let (code, message) = keyFailure(type, key) { return make(code, message) }
        switch ErrorClass(type) {
        case .throttling:
            return make(.throttled, "\(place) asks for fewer calls (\(type)); try again later", .again)
        case .transient:
            return faultWithoutReason(type, isTransient: true)
        case .expired:
            return make(
                .credentials, "the AWS credentials of \(credentials.source) have expired; renew them", .renewCredentials
            )
        case .unknownCredentials:
            return make(
                .credentials,
                "AWS does not accept the credentials of \(credentials.source) (access key \(credentials.shownID), "
                    + "\(type)); check the access key, its secret and its session token, and that "
                    + "\(call.endpoint.url) serves the region \(call.region)")
        case .denied:
            return make(
                .accessDenied,
                "access denied: \(call.actions) on \(key) is not allowed for \(credentials.source) (access key "
                    + "\(credentials.shownID)); allow it in the IAM policy and in the key's policy")
        case nil: return nil
        }
    }

    /// Errors that are about the wrapper key or the ciphertext.
    private func keyFailure(_ type: String, _ key: String) -> (KMSError.Code, String)? {
        switch type {
        case "NotFoundException":
            (.notFound, "\(key) does not exist in \(call.region); check its name, region and account")
        case "DisabledException": (.disabled, "\(key) is disabled; enable it")
        case "KMSInvalidStateException":
            (
                .invalidState,
                "\(key) is in a state that forbids \(call.operation.rawValue); cancel its deletion or choose another"
            )
        case "InvalidKeyUsageException":
            (.invalidKeyUsage, "\(key) is no symmetric key for ENCRYPT_DECRYPT; choose one that is")
        case "InvalidCiphertextException":
            (
                .invalidCiphertext,
                "the ciphertext does not open under \(key): it is damaged, or its encryption context "
                    + "is another one"
            )
        case "IncorrectKeyException": (.incorrectKey, "the ciphertext lies under another wrapper key than \(key)")
        case "LimitExceededException" where call.operation == .createKey:
            (
                .validation,
                "the account has as many keys as its quota allows in \(call.region); delete keys that nothing needs, or "
                    + "ask AWS for a higher quota"
            )
        case "UnknownOperationException", "UnknownOperation":
            (
                .invalidResponse,
                "\(call.endpoint.url) does not know \(call.operation.rawValue); check that a KMS answers there"
            )
        default: nil
        }
    }

    private var failureByStatus: AttemptFailure {
        let status = response.status
        let name = type ?? "HTTP status \(status)"
        switch status {
        case 429: return make(.throttled, "\(place) asks for fewer calls (\(name)); try again later", .again)
        case 500...599: return faultWithoutReason(name, isTransient: ErrorClass.isTransient(status: status))
        case 300...399:
            return make(.invalidResponse, "\(call.endpoint.url) redirects, which no KMS does; check the endpoint")
        case 407: return make(.unavailable, "the proxy wants to be logged in to; check the proxy settings")
        case 401, 403:
            return make(
                .accessDenied,
                "\(call.endpoint.url) refuses \(call.actions) on \(call.keyName) (\(name)); check the credentials of "
                    + "\(credentials.source) and their permissions")
        default:
            guard type != nil, (400...499).contains(status) else {
                return make(
                    .invalidResponse, "\(call.endpoint.url) answers as no KMS does (\(name)); check the endpoint")
            }
            return make(
                .validation,
                "the KMS refuses \(call.operation.rawValue) on \(call.keyName) (\(name)); check the wrapper key's name "
                    + "and the request's size")
        }
    }

    /// A fault of which nobody says that the call was not carried out.
    private func faultWithoutReason(_ name: String, isTransient: Bool) -> AttemptFailure {
        make(
            .unavailable,
            "\(place) has a fault of its own (\(name))" + (call.isRepeatable ? "; try again later" : call.doubt),
            isTransient && call.isRepeatable ? .again : .none)
    }

    /// How far the KMS's clock is from this machine's, where that explains a refused signature.
    private var clockCorrection: Int? {
        response.clockDifference(from: time).map { clockOffset + $0 }
    }

    private func make(
        _ code: KMSError.Code, _ message: String, _ remedy: AttemptFailure.Remedy = .none
    ) -> AttemptFailure {
        AttemptFailure(
            KMSError(
                code, operation: call.operation, message: message, awsErrorType: type, httpStatus: response.status,
                requestID: response.requestID, isRetryable: remedy == .again), remedy: remedy,
            retryAfter: remedy == .again ? response.retryAfter : nil)
    }
}
