extension Endpoint {
    /// Whether nobody between here and there can read what is sent: by TLS, or because it never leaves the machine.
    var isProtected: Bool { url.hasPrefix("https://") || isLoopback }

    private var isLoopback: Bool {
        if authority.hasPrefix("[") { return authority.hasPrefix("[::1]") }
        let host = authority.prefix { $0 != ":" }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || (isAddress && numbers[0] == "127")
    }
}
