/// The node that a vault belongs to, as Canton's configuration names it: `participants.participant1`.
public struct NodeName: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of nodes that have a `crypto` section.
    public enum Kind: String, Sendable, CaseIterable {
        /// Hosts parties.
        case participants
        /// Orders messages.
        case sequencers
        /// Confirms transactions.
        case mediators
    }

    /// The kind, in the plural as in the configuration.
    public let kind: Kind
    /// The node's own name.
    public let name: String

    /// A node's name by its parts.
    public init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }

    /// Reads `KIND.NAME`; nil for anything else.
    public init?(_ text: String) {
        guard let dot = text.firstIndex(of: "."), let kind = Kind(rawValue: String(text[..<dot])),
            text.index(after: dot) < text.endIndex
        else { return nil }
        self.kind = kind
        name = String(text[text.index(after: dot)...])
    }

    /// `KIND.NAME`.
    public var description: String { "\(kind.rawValue).\(name)" }

    /// As Canton's log names the node: `participant=participant1`.
    public var loggerContext: String { "\(kind.rawValue.dropLast())=\(name)" }
}
