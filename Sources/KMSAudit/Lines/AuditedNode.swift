/// The node whose KMS calls are logged: `participant=participant1`.
public struct AuditedNode: Hashable, Sendable {
    /// Canton's kinds of nodes.
    public enum Kind: String, Sendable, CaseIterable {
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case participant, sequencer, mediator
    }

    /// What the node is.
    public let kind: Kind
    /// The node's name in the configuration.
    public let name: String

    /// A node by kind and name.
    public init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }

    /// The logger's name, shortened as Canton's log layout does.
    var loggerName: String { "c.d.c.c.k.a.a.AwsRequestResponseLogger:\(kind.rawValue)=\(name)" }
}
