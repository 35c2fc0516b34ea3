import SecretMemory

/// A transport that is set up when it is needed first: with written credentials it never is.
final class LazyTransport: Sendable {
    private let settings: TransportSettings
    private let made = Lock<CurlTransport?>(nil)

    init(_ settings: TransportSettings) { self.settings = settings }

    func get() throws(TransportFailure) -> CurlTransport {
        try made.withLock { made throws(TransportFailure) in
            if let made { return made }
            let transport = try CurlTransport(settings)
            made = transport
            return transport
        }
    }
}
