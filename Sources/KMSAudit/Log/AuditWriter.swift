/// Writes lines to one sink on a thread of its own, and lets nobody wait longer than a deadline.
///
/// A file system that hangs blocks the thread and cannot be interrupted. The callers get their error at the deadline;
/// until the thread is back, further lines are refused at once. Lines that come while others are being written are
/// written together and committed once.
final class AuditWriter: Sendable {
    private let queue: WriterQueue

    init(_ sink: any AuditSink, deadline: Duration) { queue = WriterQueue(sink, deadline: deadline) }

    deinit { queue.stop() }

    /// Returns once the sink has the line.
    ///
    /// - Throws: why it may not have it.
    func write(_ line: AuditLine) async throws(AuditFailure) {
        let result = await withUnsafeContinuation { continuation in queue.add(.line(line), continuation) }
        try result.get()
    }

    /// Closes the sink once it has every line. A later line is written all the same.
    func close() async throws(AuditFailure) {
        let result = await withUnsafeContinuation { continuation in queue.add(.close, continuation) }
        try result.get()
    }
}
