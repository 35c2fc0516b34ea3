import SecretMemory

/// HTTP/1.1 over libcurl: connections kept alive, TLS 1.2 or later and verified, no redirects, every exchange bounded
/// in time and size.
///
/// Proxies come from the process's environment, by libcurl's rules (`https_proxy`, `no_proxy`).
final class CurlTransport: Sendable {
    let loop: CurlLoop

    init(_ settings: TransportSettings) throws(TransportFailure) {
        CurlProcess.prepare()
        guard let loop = CurlLoop.start(settings) else { throw .unusable("the system has no memory or thread left") }
        self.loop = loop
    }

    deinit { loop.stop() }

    /// Sends `request` and waits for its answer. Cancelling the task breaks the exchange off.
    func send(_ request: HTTPRequest) async throws(TransportFailure) -> HTTPResponse {
        guard loop.hasThread else { throw .unusable("this process was forked off another") }
        let ticket = CurlTicket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.begin(CurlStart(request: request, ticket: ticket, continuation: continuation))
            }
        } onCancel: {
            loop.giveUp(ticket)
        }
        return try result.get()
    }
}
