import HOCON
import KMSAudit
import KeyManagement

/// The audit log of an open vault, with what its settings come from: ``KeyStore/reload(_:)`` changes it.
struct OpenedAuditLog: Sendable {
    let log: AuditLog
    private let surroundings: VaultConfiguration.Surroundings
    private let owner: FileOwner?
    /// What the lines are written by now.
    private var settings: AuditSettings

    init(
        _ configuration: VaultConfiguration, _ surroundings: VaultConfiguration.Surroundings, owner: FileOwner?
    ) throws(VaultError) {
        self.surroundings = surroundings
        self.owner = owner
        settings = try Self.settings(configuration, surroundings)
        let node = AuditedNode(kind: configuration.node.kind.audited, name: configuration.node.name)
        do throws(AuditFailure) {
            log = try AuditLog(
                node: node, settings: settings, mainLog: surroundings.auditSink, owner: owner,
                isEnabled: configuration.isAuditLogging, onFailure: configuration.auditFailurePolicy,
                warnings: surroundings.logger)
        } catch { throw VaultError(ConfigurationProblem(error, at: nil), and: 0) }
    }

    /// From the next KMS call on, lines are written as a changed configuration says.
    ///
    /// - Throws: ``VaultError`` `configuration` for settings that cannot be; nothing has changed then.
    mutating func take(_ configuration: VaultConfiguration) throws(VaultError) {
        let changed = try Self.settings(configuration, surroundings)
        var sinks: [any AuditSink]?
        // The program's own sink stays: no file comes or goes by the configuration.
        if changed != settings, changed.effectiveFileName != nil {
            do throws(AuditFailure) {
                sinks = try changed.sinks(
                    mainLog: surroundings.auditSink, owner: owner, warnings: surroundings.logger)
            } catch { throw VaultError(ConfigurationProblem(error, at: nil), and: 0) }
        }
        settings = changed
        log.change(
            isEnabled: configuration.isAuditLogging, onFailure: configuration.auditFailurePolicy, sinks: sinks)
    }

    private static func settings(
        _ configuration: VaultConfiguration, _ surroundings: VaultConfiguration.Surroundings
    ) throws(VaultError) -> AuditSettings {
        do throws(ConfigurationProblem) {
            return try configuration.auditSettings(
                under: surroundings.auditSettings, environment: surroundings.environment,
                hasOwnSink: surroundings.auditSink.reportsFailures)
        } catch { throw VaultError(error, and: 0) }
    }
}

extension VaultConfiguration {
    /// `audit.on-failure`.
    var auditFailurePolicy: AuditLog.FailurePolicy { continuesWithoutAudit ? .continue : .refuse }

    /// What holds for the audit log: the program's own settings, then the environment's, then the configuration's.
    ///
    /// - Throws: what cannot be, or what is promised and cannot be kept.
    func auditSettings(
        under flags: AuditSettings, environment: [String: String], hasOwnSink: Bool
    ) throws(ConfigurationProblem) -> AuditSettings {
        do throws(AuditFailure) {
            let settings = flags.over(try AuditSettings(environment: environment)).over(audit)
            try settings.check(isEnabled: isAuditLogging, onFailure: auditFailurePolicy, hasOwnSink: hasOwnSink)
            return settings
        } catch { throw ConfigurationProblem(error, at: origin(of: error)) }
    }

    /// Where the key is written that a failure begins with.
    private func origin(of failure: AuditFailure) -> HOCONOrigin? {
        let keys: [ConfigurationKey] = [.auditSecondFile, .auditOnFailure]
        let named = keys.first { key in
            failure.description.hasPrefix("\(HOCONPath(Array(key.path.elements.dropFirst()))) ")
        }
        guard let named else { return nil }
        // What is refused by default was asked for by audit-logging.
        let written = [named, .auditLogging].lazy.compactMap { try? self.crypto.value(at: $0.path) }
        return written.first { !$0.isNull }?.origin
    }
}
