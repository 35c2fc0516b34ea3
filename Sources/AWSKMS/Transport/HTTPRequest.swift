import SecretMemory

/// A POST to send: its body and its secret header fields lie in secret memory until they are on the wire.
final class HTTPRequest: Sendable {
    let url: String
    let fields: HeaderLines
    let body: SecretBox
    /// For the connection to stand.
    let connectTimeout: Duration
    /// For all of the exchange.
    let timeout: Duration
    /// Whether it may leave once only: libcurl repeats by itself what a kept connection did not answer.
    let isSentOnce: Bool

    init(
        url: String, fields: [HTTPField], body: SecretBox, connectTimeout: Duration, timeout: Duration,
        isSentOnce: Bool = false
    ) throws(SecretMemoryError) {
        self.url = url
        self.fields = try HeaderLines(fields)
        self.body = body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.isSentOnce = isSentOnce
    }
}
