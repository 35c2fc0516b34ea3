/// Where audit lines go. A node can bring its own.
public protocol AuditSink: Sendable {
    /// Writes one line, whole, before it returns. May be called by several threads at once: lines must not interleave.
    ///
    /// - Throws: any error when the line may not have been written; its description tells the operator why. Depending
    ///   on the log's policy, the KMS is then not called, or its answer is discarded.
    func write(_ line: AuditLine) throws
}

/// Why an audit line was not written: one sentence for the operator.
public struct AuditFailure: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// A failure in words.
    public init(_ description: String) { self.description = description }
}
