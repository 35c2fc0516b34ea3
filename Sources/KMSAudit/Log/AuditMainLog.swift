public import Logging

/// The program's own log as the place of audit lines: level, message and trace id go to its handler, which has the
/// layout.
///
/// swift-log does not tell whether a line was written, so this sink never fails: who needs certainty takes
/// ``AuditFile``.
public struct AuditMainLog: AuditSink {
    private let logger: Logger

    /// Takes the program's logger.
    public init(_ logger: Logger) { self.logger = logger }

    /// False: swift-log does not tell.
    public var reportsFailures: Bool { false }

    /// Hands the line to the logger.
    public func write(_ line: AuditLine) {
        logger.log(
            level: line.level == .warn ? .warning : .info, "\(line.message)",
            metadata: ["tid": "\(line.traceID)", "logger": "\(line.logger)"])
    }
}
