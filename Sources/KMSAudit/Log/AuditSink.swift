/// Where audit lines go. A node can bring its own.
public protocol AuditSink: Sendable {
    /// Writes one line, whole, before it returns. May be called by several threads at once: lines must not interleave.
    ///
    /// - Throws: any error when the line may not have been written; its description tells the operator why. Depending
    ///   on the log's policy, the KMS is then not called, or its answer is discarded.
    func write(_ line: AuditLine) throws

    /// Makes lasting what was written. Called once after one line or several, before their callers go on.
    ///
    /// - Throws: any error when one of these lines may be lost.
    func commit() throws

    /// Called when no more lines come: writes what is kept back, and ends what runs in the background.
    func close() throws

    /// Whether a line that was not written is told by an error. Where it is not, lines can be lost unnoticed.
    var reportsFailures: Bool { get }
}

extension AuditSink {
    /// Nothing: what is written lasts.
    public func commit() throws {}
    /// Nothing.
    public func close() throws {}
    /// True.
    public var reportsFailures: Bool { true }
}

/// Why an audit line was not written: one sentence for the operator.
public struct AuditFailure: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// A failure in words.
    public init(_ description: String) { self.description = description }
}

extension AuditFailure {
    /// Runs `body`, and puts what it throws into a sentence.
    static func mapping<R>(_ body: () throws -> R) throws(AuditFailure) -> R {
        do { return try body() } catch let failure as AuditFailure { throw failure } catch {
            throw AuditFailure(String(describing: error).printable)
        }
    }
}
