import HOCON
public import KMSAudit

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
    /// - Parameters:
    ///   - files: paths of configuration files; later ones win.
    ///   - overrides: `KEY=VALUE`; for the same key the first wins.
    ///   - node: which node; nil for every node that the files have.
    ///   - environment: what substitutions and the audit log's `KMS_LOG_…` variables are read from.
    ///   - auditSettings: what the program itself says of the audit log.
    ///   - auditSink: where the program's audit lines go when no file is named; nil: to its own log.
    public init(
        files: [String], overrides: [String] = [], node: NodeName? = nil, environment: [String: String] = [:],
        auditSettings: AuditSettings = AuditSettings(), auditSink: (any AuditSink)? = nil
    ) {
        let source = ConfigurationSource(files: files, overrides: overrides, environment: environment)
        var nodes = [NodeName]()
        var problems = [ConfigurationProblem]()
        do {
            let root = try source.root(noting: &problems)
            for section in try NodeSection.chosen(in: root, node: node) {
                nodes.append(section.node)
                let (configuration, found) = VaultConfiguration.decode(section, source.paths)
                problems += found
                guard configuration.isEncrypted, configuration.service != nil else { continue }
                problems += configuration.auditProblems(auditSettings, environment, auditSink)
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

extension VaultConfiguration {
    fileprivate func auditProblems(
        _ flags: AuditSettings, _ environment: [String: String], _ sink: (any AuditSink)?
    ) -> [ConfigurationProblem] {
        do throws(ConfigurationProblem) {
            let hasOwnSink = sink?.reportsFailures ?? false
            let settings = try auditSettings(under: flags, environment: environment, hasOwnSink: hasOwnSink)
            guard isAuditLogging, auditFailurePolicy == .refuse, settings.effectiveFileName == nil else { return [] }
            // What holds for this program's sink need not for the one of the node.
            return [
                ConfigurationProblem(
                    .warning, at: (try? crypto.value(at: ConfigurationKey.auditLogging.path))?.origin,
                    "the audit log has no file: its lines go to each program's own log, and a node whose log does not "
                        + "tell of lines that are not written opens no vault",
                    hint: "name a file in KMS_LOG_FILE_NAME")
            ]
        } catch { return [error] }
    }
}
