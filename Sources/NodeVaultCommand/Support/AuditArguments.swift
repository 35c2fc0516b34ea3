import ArgumentParser
import KMSAudit

/// Where the audit log lies, in Canton's names. These come before the environment, and that before the configuration.
struct AuditArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("The audit log's file, before KMS_LOG_FILE_NAME.", valueName: "file"), transform: fileName)
    var kmsLogFileName: String?

    @Option(
        help: ArgumentHelp(
            "Whether each line is written at once, before KMS_LOG_IMMEDIATE_FLUSH.", valueName: "true|false"),
        transform: boolean)
    var kmsLogImmediateFlush: Bool?

    @Option(
        help: ArgumentHelp(
            "When the file is rolled, before KMS_LOG_FILE_ROLLING_PATTERN: yyyy-MM-dd is daily.", valueName: "pattern"),
        transform: pattern)
    var kmsLogFileRollingPattern: RollingPattern?

    @Option(
        name: [.customLong("kms-log-file-history"), .customLong("kms-log-file-rolling-history")],
        help: ArgumentHelp(
            "How many rolled files are kept, before KMS_LOG_FILE_HISTORY; 0 keeps all.", valueName: "count"),
        transform: history)
    var kmsLogFileHistory: Int?

    @Option(
        help: ArgumentHelp(
            "What becomes of the file: off means that there is none.", valueName: "off|flat|rolling"),
        transform: appender)
    var logFileAppender: AuditSettings.Appender?

    var settings: AuditSettings {
        var settings = AuditSettings()
        settings.fileName = kmsLogFileName
        settings.flushesImmediately = kmsLogImmediateFlush
        settings.rollingPattern = kmsLogFileRollingPattern
        settings.history = kmsLogFileHistory
        settings.appender = logFileAppender
        return settings
    }

    private static func fileName(_ text: String) throws -> String {
        guard !text.isEmpty else { throw ValidationError("--kms-log-file-name is empty; name a file") }
        return text
    }

    private static func boolean(_ text: String) throws -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw ValidationError("--kms-log-immediate-flush is true or false")
        }
    }

    private static func pattern(_ text: String) throws -> RollingPattern {
        do { return try AuditSettings.pattern(text, named: "--kms-log-file-rolling-pattern") } catch {
            throw ValidationError(error.description)
        }
    }

    private static func history(_ text: String) throws -> Int {
        do { return try AuditSettings.history(text, named: "--kms-log-file-history") } catch {
            throw ValidationError(error.description)
        }
    }

    private static func appender(_ text: String) throws -> AuditSettings.Appender {
        guard let appender = AuditSettings.Appender(rawValue: text) else {
            throw ValidationError("--log-file-appender is off, flat or rolling")
        }
        return appender
    }
}
