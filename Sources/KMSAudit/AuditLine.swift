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
        let padding = String(repeating: " ", count: 5 - level.rawValue.utf8.count)
        let head = "\(instant.localText) [\(thread.printable)] \(level.rawValue)\(padding) \(logger)"
        return "\(head) tid:\(traceID) - \(message)"
    }

    /// The calling thread, by its number in the kernel.
    static var currentThread: String { "thread-\(gettid())" }
}
