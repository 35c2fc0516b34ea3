import KeyManagement

/// Why one attempt of a call failed, and what can be done about it.
struct AttemptFailure: Error {
    enum Remedy: Equatable {
        case none
        /// The same again after a pause.
        case again
        /// The same again at once, with the clock moved.
        case correctClock(offsetInSeconds: Int)
        /// The same again at once, with what the provider answers now.
        case renewCredentials
    }

    let error: KMSError
    let remedy: Remedy
    /// How long the answer asks to wait.
    let retryAfter: Duration?

    init(_ error: KMSError, remedy: Remedy = .none, retryAfter: Duration? = nil) {
        self.error = error
        self.remedy = remedy
        self.retryAfter = retryAfter
    }

    /// An exchange with the KMS that ended without an answer.
    init(_ failure: TransportFailure, of call: KMSCall) {
        self.init(
            failure, of: call.operation, place: "the KMS at \(call.endpoint.url)", region: call.region,
            doubt: call.doubt)
    }

    /// An exchange that ended without an answer.
    ///
    /// - Parameter doubt: what the caller has to know where the request left; empty where it may leave again. Once it
    ///   has
    ///   left, a new key may exist: a second attempt could make a second one.
    init(
        _ failure: TransportFailure, of operation: KMSOperation, place: String, region: String, doubt: String = ""
    ) {
        let afterwards: Remedy = doubt.isEmpty ? .again : .none
        func make(_ code: KMSError.Code, _ message: String, _ remedy: Remedy = .none) -> AttemptFailure {
            let isRetryable = remedy != .none || code == .timedOut || code == .unavailable
            return AttemptFailure(
                KMSError(code, operation: operation, message: message, isRetryable: isRetryable), remedy: remedy)
        }
        self =
            switch failure {
            case .cancelled: make(.cancelled, "the call was cancelled" + doubt)
            case .notConnected(let reason):
                make(
                    .unavailable,
                    "\(place) cannot be reached: \(reason.sentence); check the network, the proxy settings and the "
                        + "region \(region)", .again)
            case .refusedByProxy(let status):
                // Another try helps where the proxy is out of order, not where it says no.
                make(
                    .unavailable,
                    "the proxy lets no connection through to \(place) (HTTP status \(status)); "
                        + (status == 407
                            ? "check the name and password in https_proxy"
                            : "check https_proxy and no_proxy, and that the proxy allows it"),
                    status >= 500 ? .again : .none)
            case .timedOut(connected: false):
                make(
                    .timedOut,
                    "no connection to \(place) in time; check the network, the proxy settings and the region "
                        + region, .again)
            case .timedOut(connected: true):
                make(.timedOut, "\(place) did not answer in time" + (doubt.isEmpty ? "; try again" : doubt), afterwards)
            case .broken(let reason):
                make(
                    .unavailable,
                    "the connection to \(place) broke: \(reason.sentence)"
                        + (doubt.isEmpty ? "; check the network and try again" : doubt), afterwards)
            case .untrusted(let reason):
                make(
                    .unavailable,
                    "\(place) is not trusted: \(reason.sentence); name the certificate authority by AWS_CA_BUNDLE, or "
                        + "check who answers there")
            case .garbage:
                make(
                    .invalidResponse,
                    "\(place) does not answer in proper HTTP" + (doubt.isEmpty ? "; check the endpoint" : doubt))
            case .tooLarge:
                make(
                    .invalidResponse,
                    "\(place) answers more than it ever does" + (doubt.isEmpty ? "; check the endpoint" : doubt))
            case .secretMemory(let reason): make(.secretMemory, reason)
            case .unusable(let reason):
                make(
                    .unavailable,
                    "libcurl cannot call \(place): \(reason.sentence); check AWS_CA_BUNDLE and the endpoint")
            }
    }
}

extension String {
    /// As part of a sentence: libcurl and OpenSSL begin with a capital.
    fileprivate var sentence: String {
        let isWord = dropFirst().first?.isLowercase ?? false
        return isWord ? prefix(1).lowercased() + dropFirst() : self
    }
}
