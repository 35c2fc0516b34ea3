import SecretMemory

/// Names an exchange to the loop, and remembers that its caller has given it up: that can come before the loop has
/// heard of it.
final class CurlTicket: Sendable {
    private let givenUp = Lock(false)

    var isGivenUp: Bool { givenUp.withLock { $0 } }

    func giveUp() { givenUp.withLock { $0 = true } }
}

/// An exchange to begin, and who waits for its outcome.
struct CurlStart: Sendable {
    let request: HTTPRequest
    let ticket: CurlTicket
    let continuation: CheckedContinuation<Result<HTTPResponse, TransportFailure>, Never>
}
