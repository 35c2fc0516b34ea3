/// What a signing key signs. The raw value is Canton's database number, which differs from its protobuf number.
///
/// Ordered by the number; a record lists its usages strictly ascending.
public enum KeyUsage: UInt8, Sendable, CaseIterable, Comparable, CustomStringConvertible {
    /// Topology transactions of a namespace.
    case namespace = 0
    /// Answers to a sequencer's authentication challenges.
    case sequencerAuth = 2
    /// Messages of the protocol.
    case `protocol` = 3
    /// Proofs that the key is its owner's.
    case proofOfOwnership = 4
    /// Access tokens of a party.
    case partyJWT = 5

    /// Reads the text name; `signing` is the older name of `protocol`. Nil for anything else.
    public init?(name: String) {
        let current = name == "signing" ? KeyUsage.protocol.name : name
        guard let found = Self.allCases.first(where: { $0.name == current }) else { return nil }
        self = found
    }

    /// The text name, as in `nodevault key generate --usage`.
    public var name: String {
        switch self {
        case .namespace: "namespace"
        case .sequencerAuth: "sequencer-auth"
        case .protocol: "protocol"
        case .proofOfOwnership: "proof-of-ownership"
        case .partyJWT: "party-jwt"
        }
    }

    /// The text name.
    public var description: String { name }

    /// Orders by number.
    public static func < (left: KeyUsage, right: KeyUsage) -> Bool { left.rawValue < right.rawValue }
}
