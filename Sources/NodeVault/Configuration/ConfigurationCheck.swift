import HOCON

/// Everything that is wrong with a configuration, at once.
public struct ConfigurationCheck: Sendable {
    /// The nodes that were looked at.
    public let nodes: [NodeName]
    /// Errors and warnings, by file and line.
    public let problems: [ConfigurationProblem]

    /// Whether the configuration is taken.
    public var isPassed: Bool { !problems.contains { $0.severity == .error } }

    /// Reads files and overrides as ``VaultConfiguration/load(files:overrides:node:environment:)`` does.
    ///
    /// - Parameter node: which node; nil for every node that the files have.
    public init(
        files: [String], overrides: [String] = [], node: NodeName? = nil, environment: [String: String] = [:]
    ) {
        let source = ConfigurationSource(files: files, overrides: overrides, environment: environment)
        var nodes = [NodeName]()
        var problems = [ConfigurationProblem]()
        do {
            let root = try source.root(noting: &problems)
            for section in try NodeSection.chosen(in: root, node: node) {
                nodes.append(section.node)
                problems += VaultConfiguration.decode(section, source.paths).1
            }
        } catch let error as HOCONError {
            problems += [ConfigurationProblem(error)] + source.problems()
        } catch {
            problems.append(ConfigurationProblem(VaultError(error, operation: "config")))
        }
        self.nodes = nodes
        self.problems = ConfigurationProblem.sorted(problems)
    }
}
