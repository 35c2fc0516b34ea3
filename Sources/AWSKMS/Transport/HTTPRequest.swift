import SecretMemory

/// A request to send: its body and its secret header fields lie in secret memory until they are on the wire.
final class HTTPRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

    let method: Method
    let url: String
    let fields: HeaderLines
    /// Nothing in a GET.
    let body: SecretBox
    /// For the connection to stand.
    let connectTimeout: Duration
    /// For all of the exchange.
    let timeout: Duration
    /// Whether it may leave once only: libcurl repeats by itself what a kept connection did not answer.
    let isSentOnce: Bool
    /// False for what only this machine answers: a proxy must not see it.
    let mayUseProxy: Bool

    init(
        _ method: Method = .post, url: String, fields: [HTTPField], body: SecretBox, connectTimeout: Duration,
        timeout: Duration, isSentOnce: Bool = false, mayUseProxy: Bool = true
    ) throws(SecretMemoryError) {
        self.method = method
        self.url = url
        self.fields = try HeaderLines(fields)
        self.body = body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.isSentOnce = isSentOnce
        self.mayUseProxy = mayUseProxy
    }
}
