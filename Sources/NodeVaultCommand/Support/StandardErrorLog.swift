import KMSAudit
import Logging

/// The program's log on standard error, warnings and worse, in the command's words.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    static func install() { LoggingSystem.bootstrap { _ in StandardErrorLog() } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard event.level >= .warning else { return }
        StandardError.write(
            "nodevault: \(event.level >= .error ? "error" : "warning"): \(printable("\(event.message)"))")
    }
}

/// The audit log on standard error, in Canton's layout: where the lines go when no file is named.
struct StandardErrorAudit: AuditSink {
    func write(_ line: AuditLine) throws {
        try FileDescriptor.writeAll(Array((line.text + "\n").utf8).span.bytes, to: 2, "standard error")
    }
}
