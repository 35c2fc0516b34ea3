/// What one place says about the audit log: flags, the environment, or the configuration. Nil: it says nothing.
///
/// `flags.over(environment).over(configuration)` is what holds.
public struct AuditSettings: Sendable, Hashable {
    /// `--log-file-appender`: what becomes of the audit log's file.
    public enum Appender: String, Sendable, CaseIterable {
        /// There is no file: lines go to the program's log.
        case off
        /// One file that NodeVault never rolls.
        case flat
        /// A file that is rolled by date.
        case rolling
    }

    /// `KMS_LOG_FILE_NAME`.
    public var fileName: String?
    /// `--log-file-appender`, `LOG_FILE_FLAT`, `LOG_FILE_ROLLING`. Default: rolling.
    public var appender: Appender?
    /// `KMS_LOG_IMMEDIATE_FLUSH`. Default: true.
    public var flushesImmediately: Bool?
    /// `KMS_LOG_FILE_ROLLING_PATTERN`. Default: `yyyy-MM-dd`.
    public var rollingPattern: RollingPattern?
    /// `KMS_LOG_FILE_HISTORY`: how many rolled files are kept. Default: 0, all.
    public var history: Int?
    /// `KMS_LOG_FILE_APPEND`. Default: true.
    public var appends: Bool?
    /// `audit.format`. Default: text.
    public var format: AuditLine.Format?
    /// `audit.sync`. Default: off.
    public var syncs: Bool?
    /// `audit.chain`: asks for a place that tells of failures, and for every earlier line.
    public var isChained: Bool?
    /// `audit.second-file`: another file that gets every line too, rolled and flushed alike.
    public var secondFileName: String?

    /// Says nothing.
    public init() {}

    /// These settings, and where they say nothing `lower`'s.
    public func over(_ lower: AuditSettings) -> AuditSettings {
        var merged = AuditSettings()
        merged.fileName = fileName ?? lower.fileName
        merged.appender = appender ?? lower.appender
        merged.flushesImmediately = flushesImmediately ?? lower.flushesImmediately
        merged.rollingPattern = rollingPattern ?? lower.rollingPattern
        merged.history = history ?? lower.history
        merged.appends = appends ?? lower.appends
        merged.format = format ?? lower.format
        merged.syncs = syncs ?? lower.syncs
        merged.isChained = isChained ?? lower.isChained
        merged.secondFileName = secondFileName ?? lower.secondFileName
        return merged
    }
}
