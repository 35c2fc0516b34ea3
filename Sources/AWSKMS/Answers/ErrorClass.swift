/// What an error of AWS is about, by its name, whichever service has sent it.
///
/// Source: the AWS SDKs and Tools Reference Guide, "Retry behavior", and the API references' "Common Errors".
enum ErrorClass: Sendable, CaseIterable {
    /// Too many calls: the same again, later.
    case throttling
    /// A fault of the service's own: the same again, later.
    case transient
    /// The session's time is over.
    case expired
    /// The service knows no such access key, or another secret of it.
    case unknownCredentials
    /// Known credentials that may not do this.
    case denied

    /// Nil for an error that is about the call itself.
    init?(_ type: String) {
        guard let found = Self.allCases.first(where: { $0.types.contains(type) }) else { return nil }
        self = found
    }

    /// Statuses of a service that could not answer, by the SDKs' standard retry mode.
    static func isTransient(status: Int) -> Bool { [500, 502, 503, 504].contains(status) }

    /// Whether an error of this name can come from a clock that is off.
    static func isClockDependent(_ type: String) -> Bool {
        [
            "RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired",
            "AuthFailure",
        ].contains(type)
    }

    private var types: Set<String> {
        switch self {
        case .throttling: Self.throttlingTypes
        case .transient: Self.transientTypes
        case .expired: ["ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"]
        case .unknownCredentials: Self.unknownCredentialTypes
        case .denied: ["AccessDeniedException", "AccessDenied", "NotAuthorized", "UnauthorizedOperation"]
        }
    }

    private static let throttlingTypes: Set<String> = [
        "ThrottlingException", "Throttling", "ThrottledException", "LimitExceededException", "RequestLimitExceeded",
        "RequestThrottled", "RequestThrottledException", "TooManyRequestsException", "SlowDown",
        "BandwidthLimitExceeded", "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
        "EC2ThrottledException", "TransactionInProgressException",
    ]
    private static let transientTypes: Set<String> = [
        "KMSInternalException", "KeyUnavailableException", "InternalFailure", "InternalError",
        "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout",
        "RequestTimeoutException", "IDPCommunicationError", "IDPCommunicationErrorException",
    ]
    private static let unknownCredentialTypes: Set<String> = [
        "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
        "IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "AuthFailure", "RequestExpired", "RequestTimeTooSkewed",
        "InvalidAccessKeyId",
    ]
}
