import CLinux

/// One line of the audit log, in parts.
public struct AuditLine: Sendable {
    /// How grave a line is.
    public enum Level: String, Sendable {
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case info = "INFO"
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case warn = "WARN"
    }

    /// How a line is laid out in a file.
    public enum Format: String, Sendable, CaseIterable {
        /// Logback's layout, as Canton configures it.
        case text
        /// One JSON object a line.
        case json
    }

    /// When it was made.
    public let instant: AuditInstant
    /// The thread that made it.
    public let thread: String
    /// The logger with the node.
    public let logger: String
    /// What ties it to other lines of one task.
    public let traceID: TraceID
    /// 16 hexadecimal digits, the same for a request and its outcome.
    public let requestID: String
    /// What happened.
    public let event: AuditEvent

    package init(
        instant: AuditInstant, thread: String, node: AuditedNode, traceID: TraceID, requestID: String, event: AuditEvent
    ) {
        self.instant = instant
        self.thread = thread
        logger = node.loggerName.printable
        self.traceID = traceID
        self.requestID = requestID
        self.event = event
    }

    /// WARN for a failure, else INFO.
    public var level: Level {
        if case .failed = event { .warn } else { .info }
    }

    /// The message: Canton's words, on one line.
    public var message: String { event.message(requestID: requestID) }

    /// The whole line in Logback's layout as Canton configures it, without the newline.
    public var text: String {
        var text = instant.localText
        text.reserveCapacity(512)
        for part in [
            " [", thread.printable, level == .info ? "] INFO  " : "] WARN  ", logger, " tid:", traceID.description,
        ] {
            text += part
        }
        text += " - "
        text += message
        return text
    }

    /// The line in a file, with its newline.
    func bytes(_ format: Format) -> [UInt8] {
        Array((format == .text ? text : json).utf8) + [UInt8(ascii: "\n")]
    }

    /// The calling thread, by its number in the kernel.
    static var currentThread: String { "thread-\(gettid())" }
}
