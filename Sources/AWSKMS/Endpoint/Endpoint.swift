/// Where a KMS is: scheme, host, port and path of its URL.
struct Endpoint: Sendable, Hashable {
    /// The whole URL, with a path.
    let url: String
    /// Host and port as the `Host` field has them.
    let authority: String
    /// In lower case; an IPv6 address in its brackets.
    let host: String
    let path: String

    /// Reads `http://` or `https://`, a host, and perhaps a port and path; nil for anything else.
    init?(url: String) {
        guard let separator = url.firstRange(of: "://"), ["http", "https"].contains(url[..<separator.lowerBound]),
            url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            !url.contains(where: { "?#@\\\"<>^`{|}".contains($0) })
        else { return nil }
        let scheme = String(url[..<separator.lowerBound])
        let rest = url[separator.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let (host, port) = Self.parts(of: rest[..<slash].lowercased()) else { return nil }
        let isStandard = port == nil || port == (scheme == "https" ? 443 : 80)
        self.host = host
        authority = host + (isStandard ? "" : port.map { ":\($0)" } ?? "")
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
        self.url = scheme + "://" + authority + path
    }

    /// The regional endpoint of a service of AWS; nil when `region` is no region's name.
    ///
    /// A region can come from a stored ARN, so it is checked before it becomes part of a host's name. Source:
    /// botocore's `kms/2014-11-01/endpoint-rule-set-1.json`.
    init?(service: String, region: String, fips: Bool = false, dualStack: Bool = false) {
        guard Self.isRegion(region) else { return nil }
        let partition = Partition.of(region)
        let domain = dualStack ? partition.dualStackDomain : partition.domain
        self.init(url: "https://\(service)\(fips ? "-fips" : "").\(region).\(domain)/")
    }

    /// Whether `text` has the form of a region's name: `eu-central-1`, `us-gov-west-1`.
    ///
    /// Other words would lead to hosts of AWS that are no KMS: `s3`, to a bucket named `kms`.
    static func isRegion(_ text: String) -> Bool {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count <= 32, words.count >= 3, let number = words.last else { return false }
        let isNumber = (1...2).contains(number.utf8.count) && number.utf8.allSatisfy(Self.digits.contains)
        let areWords = words.dropLast().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.letters.contains) }
        return isNumber && areWords
    }

    private static let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// Host and port; nil when either is none. A percent sign is none of a host's: libcurl would decode it.
    private static func parts(of authority: String) -> (host: String, port: UInt16?)? {
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[bracket...].firstIndex(of: ":") ?? authority.endIndex
        let host = authority[..<colon]
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        let letters = Set((isAddress ? "0123456789abcdef:." : "0123456789abcdefghijklmnopqrstuvwxyz-_.").utf8)
        let name = isAddress ? host.dropFirst().dropLast() : host
        guard !name.isEmpty, name.utf8.allSatisfy(letters.contains) else { return nil }
        guard colon != authority.endIndex else { return (String(host), nil) }
        let digits = authority[authority.index(after: colon)...]
        guard digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), let port = UInt16(digits),
            port > 0
        else { return nil }
        return (String(host), port)
    }
}
