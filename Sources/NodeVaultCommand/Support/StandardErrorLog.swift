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

/// The audit log on standard error: where the lines go when no file is named. A line that cannot be written is told.
struct StandardErrorAudit: AuditSink {
    var format = AuditLine.Format.text

    func write(_ line: AuditLine) throws {
        let text = format == .text ? line.text : line.json
        try FileDescriptor.writeAll(Array((text + "\n").utf8).span.bytes, to: 2, "standard error")
    }
}
