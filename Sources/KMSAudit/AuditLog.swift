import KeyManagement
public import Logging

/// The log of a node's KMS calls: a line before each call, and one with its outcome.
public final class AuditLog: Sendable {
    /// What happens when a line cannot be written.
    public enum FailurePolicy: String, Sendable, CaseIterable {
        /// The KMS is not called, or its answer is wiped, and the caller gets `.auditUnavailable`.
        case refuse
        /// The call goes on, and the program's own log has a warning.
        case `continue`
    }

    private let node: AuditedNode
    private let sink: any AuditSink
    private let isEnabled: Bool
    private let failurePolicy: FailurePolicy
    private let warnings: Logger

    /// A log for one node.
    ///
    /// - Parameters:
    ///   - sink: where the lines go.
    ///   - isEnabled: `audit-logging`. False: failures alone are logged, as Canton does, and no call waits for the log.
    ///   - onFailure: `audit.on-failure`.
    ///   - warnings: the program's own log, told of lines that could not be written.
    public init(
        node: AuditedNode, sink: any AuditSink, isEnabled: Bool = true, onFailure: FailurePolicy = .refuse,
        warnings: Logger
    ) {
        self.node = node
        self.sink = sink
        self.isEnabled = isEnabled
        failurePolicy = onFailure
        self.warnings = warnings
    }

    /// One request from its first line to its last.
    struct Request: Sendable {
        let operation: KMSOperation
        let key: WrapperKeyID?
        let id = HexNumber.random()
        let traceID = TraceID.current ?? .random()
    }

    /// - Throws: `.auditUnavailable`: the KMS must not be called.
    func sending(_ request: Request, _ body: AuditBody, to uri: String) throws(KMSError) {
        guard isEnabled else { return }
        try write(.sending(body, uri: uri), request, consequence: "the KMS was not called")
    }

    /// - Throws: `.auditUnavailable`: the answer must be discarded.
    func received(_ request: Request, _ body: AuditBody, awsID: String) throws(KMSError) {
        guard isEnabled else { return }
        try write(.received(body, awsID: awsID), request, consequence: "the KMS was called, and its answer discarded")
    }

    /// - Throws: `.auditUnavailable`: it takes the place of `error`, whose code it names.
    func failed(_ request: Request, _ error: KMSError) throws(KMSError) {
        do throws(KMSError) {
            try write(.failed(error, key: request.key), request, consequence: "the KMS call had failed: \(error.code)")
        } catch {
            // Where calls are not logged, none waits for the log: the caller gets the call's own error.
            if isEnabled { throw error }
        }
    }

    private func write(_ event: AuditEvent, _ request: Request, consequence: String) throws(KMSError) {
        let line = AuditLine(
            instant: .now, thread: AuditLine.currentThread, node: node, traceID: request.traceID,
            requestID: request.id, event: event)
        do {
            try sink.write(line)
        } catch {
            let reason = String(describing: error).printable
            warnings.warning(
                "an audit line was not written: \(reason)",
                metadata: ["tid": "\(request.traceID)", "request": "\(request.id)"])
            guard failurePolicy == .refuse else { return }
            throw KMSError(
                .auditUnavailable, operation: request.operation,
                message: "the audit log cannot be written (\(reason)); \(consequence)", isRetryable: true)
        }
    }
}
