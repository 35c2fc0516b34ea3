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

    init(_ error: KMSError, remedy: Remedy = .none) {
        self.error = error
        self.remedy = remedy
    }

    /// An exchange that ended without an answer.
    init(_ failure: TransportFailure, of call: KMSCall) {
        let place = "the KMS at \(call.endpoint.url)"
        // Once the request has left, a new key may exist: a second attempt could make a second one.
        let afterwards: Remedy = call.isRepeatable ? .again : .none
        let doubt = call.doubt
        func make(_ code: KMSError.Code, _ message: String, _ remedy: Remedy = .none) -> AttemptFailure {
            let isRetryable = remedy != .none || code == .timedOut || code == .unavailable
            return AttemptFailure(
                KMSError(code, operation: call.operation, message: message, isRetryable: isRetryable), remedy: remedy)
        }
        self =
            switch failure {
            case .cancelled: make(.cancelled, "the call was cancelled")
            case .notConnected(let reason):
                make(
                    .unavailable,
                    "\(place) cannot be reached: \(reason.sentence); check the network, the proxy settings and the "
                        + "region \(call.region)", .again)
            case .timedOut(connected: false):
                make(
                    .timedOut,
                    "no connection to \(place) in time; check the network, the proxy settings and the region "
                        + call.region, .again)
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
                    "\(place) answers more than a KMS ever does" + (doubt.isEmpty ? "; check the endpoint" : doubt))
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
