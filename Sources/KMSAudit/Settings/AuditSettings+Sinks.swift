public import KeyManagement
public import Logging

extension AuditSettings {
    /// The audit log's file; nil where lines go to the program's log or to a node's own sink.
    ///
    /// Without a name there is a file only where rolling is asked for in words: then it is Canton's.
    public var effectiveFileName: String? {
        if appender == .off { return nil }
        return fileName ?? (appender == .rolling ? "log/canton_kms.log" : nil)
    }

    /// Checks what the settings promise together.
    ///
    /// - Parameters:
    ///   - isEnabled: `audit-logging`.
    ///   - onFailure: `audit.on-failure`.
    ///   - hasOwnSink: whether a node brings a sink that reports failures.
    /// - Throws: ``AuditFailure`` when something asked for cannot be had.
    public func check(
        isEnabled: Bool, onFailure: AuditLog.FailurePolicy, hasOwnSink: Bool = false
    ) throws(AuditFailure) {
        let isReliable = effectiveFileName != nil || hasOwnSink
        if isEnabled, onFailure == .refuse, !isReliable {
            throw AuditFailure(
                """
                audit.on-failure = refuse needs a log that tells when a line is not written, and the program's log \
                does not; name a file in KMS_LOG_FILE_NAME, or set audit.on-failure = continue
                """)
        }
        if isChained == true, !isReliable {
            throw AuditFailure("audit.chain = on needs a file of its own; name one in KMS_LOG_FILE_NAME")
        }
        if isChained == true, appends == false {
            throw AuditFailure("audit.chain = on needs the earlier lines; remove KMS_LOG_FILE_APPEND = false")
        }
        if secondFileName != nil, effectiveFileName == nil {
            throw AuditFailure("audit.second-file is set without a first one; name that in KMS_LOG_FILE_NAME")
        }
        if let secondFileName, secondFileName == effectiveFileName {
            throw AuditFailure("audit.second-file is the first file too; name another")
        }
    }

    /// Where the lines go: the first sink is the log's own, the others get every line too.
    ///
    /// - Parameters:
    ///   - mainLog: takes the lines where no file is named.
    ///   - owner: who the files belong to when root makes them.
    ///   - warnings: the program's own log.
    /// - Throws: ``AuditFailure`` for a path that is none.
    public func sinks(
        mainLog: any AuditSink, owner: FileOwner? = nil, warnings: Logger
    ) throws(AuditFailure) -> [any AuditSink] {
        guard let name = effectiveFileName else { return [mainLog] }
        let isRolling = appender ?? .rolling == .rolling
        if isRolling, appends == false {
            warnings.warning("KMS_LOG_FILE_APPEND = false has no effect on a log that is rolled")
        }
        let options = AuditFile.Options(
            format: format ?? .text,
            rolling: isRolling ? .init(pattern: rollingPattern ?? .daily, history: history ?? 0) : nil,
            appends: appends ?? true, flushesImmediately: flushesImmediately ?? true, syncs: syncs ?? false)
        var sinks: [any AuditSink] = []
        for name in [name, secondFileName].compactMap(\.self) {
            sinks.append(try AuditFile(path: name, owner: owner, options: options, warnings: warnings))
        }
        return sinks
    }
}

extension AuditLog {
    /// A log as the settings say. To be checked before: ``AuditSettings/check(isEnabled:onFailure:hasOwnSink:)``.
    ///
    /// - Parameters:
    ///   - mainLog: takes the lines where no file is named.
    ///   - owner: who the files belong to when root makes them.
    ///   - warnings: the program's own log.
    /// - Throws: ``AuditFailure`` for a path that is none.
    public convenience init(
        node: AuditedNode, settings: AuditSettings, mainLog: any AuditSink, owner: FileOwner? = nil,
        isEnabled: Bool = true, onFailure: FailurePolicy = .refuse, warnings: Logger
    ) throws(AuditFailure) {
        let sinks = try settings.sinks(mainLog: mainLog, owner: owner, warnings: warnings)
        self.init(
            node: node, sink: sinks[0], furtherSinks: Array(sinks.dropFirst()), isEnabled: isEnabled,
            onFailure: onFailure, warnings: warnings)
    }
}
