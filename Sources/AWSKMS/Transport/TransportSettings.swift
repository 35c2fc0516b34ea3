/// What holds for every exchange of a transport.
struct TransportSettings: Sendable {
    /// A file of certificates in place of the system's.
    let caBundle: String?
    /// False only where the operator asked for it in so many words.
    let verifiesServer: Bool
    /// At once to one host; further exchanges wait for a free connection.
    let maximumConnections = 16
}
