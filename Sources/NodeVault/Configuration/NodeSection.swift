import HOCON

/// The `crypto` object of one node in a configuration.
struct NodeSection {
    let node: NodeName
    let crypto: HOCONObject
    /// Whether `canton.parameters.non-standard-config` permits what is unsafe.
    private(set) var allowsNonStandardConfiguration = false

    /// Finds the node that is asked for, or the only one.
    init(in root: HOCONObject, node wanted: NodeName?) throws {
        let found = try Self.nodes(in: root)
        let known = found.map(\.node.description).joined(separator: ", ")
        guard !found.isEmpty else {
            throw VaultError(
                .configuration, operation: "config", message: "no node is configured",
                hint: "name one as canton.participants.NAME (or sequencers, mediators) in the configuration file")
        }
        if let wanted {
            guard let match = found.first(where: { $0.node == wanted }) else {
                throw VaultError(
                    .configuration, operation: "config", message: "node \(wanted) is not configured",
                    hint: "configured are \(known)")
            }
            self = match
        } else {
            guard found.count == 1, let only = found.first else {
                throw VaultError(
                    .configuration, operation: "config", message: "the configuration has \(found.count) nodes",
                    hint: "choose one by --node; configured are \(known)")
            }
            self = only
        }
        let permission = HOCONPath(["canton", "parameters", "non-standard-config"])
        allowsNonStandardConfiguration = try root.booleanIfPresent(permission) ?? false
    }

    private init(node: NodeName, crypto: HOCONObject) {
        self.node = node
        self.crypto = crypto
    }

    private static func nodes(in root: HOCONObject) throws(HOCONError) -> [NodeSection] {
        var sections = [NodeSection]()
        for kind in NodeName.Kind.allCases {
            guard let nodes = try root.objectIfPresent(HOCONPath(["canton", kind.rawValue])) else { continue }
            for name in nodes.keys {
                let crypto = try nodes.objectIfPresent(HOCONPath([name, "crypto"]))
                sections.append(
                    NodeSection(node: NodeName(kind: kind, name: name), crypto: crypto ?? HOCONObject()))
            }
        }
        return sections
    }
}
