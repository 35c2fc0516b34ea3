/// The URL of a service that hands out credentials on this machine or beside it: an endpoint and perhaps a query.
struct LocalURL: Sendable, Equatable {
    let endpoint: Endpoint
    /// The whole URL.
    let url: String

    /// Nil for anything but `http://` or `https://`, a host, and perhaps a port, a path and a query.
    init?(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let endpoint = Endpoint(url: String(first)) else { return nil }
        let query = parts.count == 2 ? String(parts[1]) : nil
        guard (query ?? "").utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") }) else {
            return nil
        }
        self.endpoint = endpoint
        url = endpoint.url + (query.map { "?" + $0 } ?? "")
    }

    /// Whether credentials may be asked for there: nobody between here and there can read along.
    ///
    /// Source: the AWS SDKs and Tools Reference Guide, "Container credential provider".
    var isTrusted: Bool {
        endpoint.isProtected || ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(endpoint.host)
    }
}
