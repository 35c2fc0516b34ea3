import HOCON

/// The `crypto` object of one node in a configuration.
struct NodeSection {
    let node: NodeName
    let crypto: HOCONObject
    /// Whether `canton.parameters.non-standard-config` permits what is unsafe.
    let allowsNonStandardConfiguration: Bool
    /// What is to be said of the node besides its `crypto`.
    let problems: [ConfigurationProblem]

    /// Every node of a configuration.
    static func all(in root: HOCONObject) throws(HOCONError) -> [NodeSection] {
        let isLax = try root.booleanIfPresent("canton.parameters.non-standard-config") ?? false
        var sections = [NodeSection]()
        for kind in NodeName.Kind.allCases {
            for ending in ["", CantonKeys.olderKindEnding] {
                let path = HOCONPath(["canton", kind.rawValue + ending])
                guard let nodes = try root.objectIfPresent(path) else { continue }
                for field in nodes.fields {
                    let node = NodeName(kind: kind, name: field.key)
                    guard !sections.contains(where: { $0.node == node }) else { continue }
                    let crypto = try nodes.objectIfPresent(HOCONPath([field.key, "crypto"]))
                    let older = ConfigurationProblem(
                        .warning, at: field.keyOrigin, "\(path) is the spelling of Canton before 3.0",
                        hint: "write canton.\(kind.rawValue)")
                    sections.append(
                        NodeSection(
                            node: node, crypto: crypto ?? HOCONObject(), allowsNonStandardConfiguration: isLax,
                            problems: ending.isEmpty ? [] : [older]))
                }
            }
        }
        return sections
    }

    /// The nodes that are meant: the one that is asked for, or all there are.
    static func chosen(in root: HOCONObject, node wanted: NodeName?) throws -> [NodeSection] {
        let found = try all(in: root)
        guard !found.isEmpty else {
            throw VaultError(
                .configuration, operation: "config", message: "no node is configured",
                hint: "name one as canton.participants.NAME (or sequencers, mediators) in the configuration file")
        }
        guard let wanted else { return found }
        guard let match = found.first(where: { $0.node == wanted }) else {
            throw VaultError(
                .configuration, operation: "config", message: "node \(wanted) is not configured",
                hint: "configured are \(list(found))")
        }
        return [match]
    }

    /// The node that is asked for, or the only one.
    static func one(in root: HOCONObject, node wanted: NodeName?) throws -> NodeSection {
        let found = try chosen(in: root, node: wanted)
        guard found.count == 1, let only = found.first else {
            throw VaultError(
                .configuration, operation: "config", message: "the configuration has \(found.count) nodes",
                hint: "choose one by --node; configured are \(list(found))")
        }
        return only
    }

    private static func list(_ sections: [NodeSection]) -> String {
        sections.map(\.node.description).joined(separator: ", ")
    }
}
