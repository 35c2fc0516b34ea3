import KeyManagement
public import Logging
import SecretMemory

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
    private let rules: Lock<Rules>
    private let warnings: Logger
    private let deadline: Duration

    /// What holds for a request from its first line to its last, whatever is changed meanwhile.
    struct Rules: Sendable {
        let places: [AuditPlace]
        let isEnabled: Bool
        let failurePolicy: FailurePolicy

        /// Whether calls depend on their lines.
        var isBinding: Bool { isEnabled && failurePolicy == .refuse }
    }

    /// How long a caller waits for a line to be written.
    public static let defaultDeadline = Duration.seconds(5)

    /// A log for one node.
    ///
    /// - Parameters:
    ///   - sink: where the lines go.
    ///   - furtherSinks: where they go too. A line counts as written when every sink has it.
    ///   - isEnabled: `audit-logging`. False: failures alone are logged, as Canton does, and no call waits for the log.
    ///   - onFailure: `audit.on-failure`.
    ///   - deadline: how long a caller waits for a line; a sink that takes longer has failed.
    ///   - warnings: the program's own log, told of lines that could not be written.
    public init(
        node: AuditedNode, sink: any AuditSink, furtherSinks: [any AuditSink] = [], isEnabled: Bool = true,
        onFailure: FailurePolicy = .refuse, deadline: Duration = defaultDeadline, warnings: Logger
    ) {
        self.node = node
        self.deadline = deadline
        let places = ([sink] + furtherSinks).map { AuditPlace($0, deadline: deadline) }
        rules = Lock(Rules(places: places, isEnabled: isEnabled, failurePolicy: onFailure))
        self.warnings = warnings
    }

    /// Takes other rules, from the next request on. A request that has begun ends under those that it began under.
    ///
    /// - Parameters:
    ///   - isEnabled: `audit-logging`.
    ///   - onFailure: `audit.on-failure`.
    ///   - sinks: where the lines go now; those that took them before are closed. Nil: where they went.
    public func change(isEnabled: Bool, onFailure: FailurePolicy, sinks: [any AuditSink]? = nil) {
        let places = sinks?.map { AuditPlace($0, deadline: deadline) }
        let left = rules.withLock { rules in
            defer { rules = Rules(places: places ?? rules.places, isEnabled: isEnabled, failurePolicy: onFailure) }
            return rules
        }
        guard places != nil else { return }
        Task.detached { [self] in if let failure = await close(left.places) { warn(of: failure) } }
    }

    /// One request from its first line to its last.
    struct Request: Sendable {
        let operation: KMSOperation
        let key: WrapperKeyID?
        let rules: Rules
        let id = HexNumber.random()
        let traceID = TraceID.current ?? .ofTracingContext ?? .random()
    }

    func begin(_ operation: KMSOperation, _ key: WrapperKeyID?) -> Request {
        Request(operation: operation, key: key, rules: rules.withLock(\.self))
    }

    /// - Throws: `.auditUnavailable`: the KMS must not be called.
    func sending(
        _ request: Request, _ body: AuditBody, to uri: String, consequence: String = "the KMS was not called"
    ) async throws(KMSError) {
        guard request.rules.isEnabled else { return }
        try await write(.sending(body, uri: uri), request, consequence: consequence)
    }

    /// - Throws: `.auditUnavailable`: the answer must be discarded.
    func received(_ request: Request, _ body: AuditBody, awsID: String) async throws(KMSError) {
        guard request.rules.isEnabled else { return }
        try await write(
            .received(body, awsID: awsID), request, consequence: "the KMS was called, and its answer discarded")
    }

    /// - Throws: `.auditUnavailable`: it takes the place of `error`, whose code it names.
    func failed(_ request: Request, _ error: KMSError) async throws(KMSError) {
        do throws(KMSError) {
            try await write(
                .failed(error, key: request.key), request, consequence: "the KMS call had failed: \(error.code)")
        } catch {
            // Where calls are not logged, none waits for the log: the caller gets the call's own error.
            if request.rules.isEnabled { throw error }
        }
    }

    /// Writes what is kept back, and waits until rolled files are compressed, each at most until the deadline.
    ///
    /// - Throws: ``AuditFailure`` of the first sink that failed, where calls depend on their lines; otherwise the
    ///   program's own log has a warning.
    public func close() async throws(AuditFailure) {
        let rules = rules.withLock(\.self)
        guard let failure = await close(rules.places) else { return }
        warn(of: failure)
        if rules.isBinding { throw failure }
    }

    private func close(_ places: [AuditPlace]) async -> AuditFailure? {
        var first: AuditFailure?
        for place in places {
            do throws(AuditFailure) { try await place.close() } catch { first = first ?? error }
        }
        return first
    }

    private func warn(of failure: AuditFailure, _ request: Request? = nil) {
        let metadata: Logger.Metadata? = request.map { ["tid": "\($0.traceID)", "request": "\($0.id)"] }
        warnings.warning("an audit line was not written: \(failure)", metadata: metadata)
    }

    /// Tells the program's own log why a call takes long.
    func tell(of failure: KMSError, in request: Request) {
        warnings.warning(
            "\(request.operation.rawValue) takes long and is tried again: \(failure.message.printable)",
            metadata: ["tid": "\(request.traceID)", "request": "\(request.id)"])
    }

    private func write(_ event: AuditEvent, _ request: Request, consequence: String) async throws(KMSError) {
        let line = AuditLine(
            instant: .now, thread: AuditLine.currentThread, node: node, traceID: request.traceID,
            requestID: request.id, event: event)
        guard let failure = await failure(of: line, request.rules.places) else { return }
        warn(of: failure, request)
        guard request.rules.failurePolicy == .refuse else { return }
        throw KMSError(
            .auditUnavailable, operation: request.operation,
            message: "the audit log cannot be written (\(failure)); \(consequence)", isRetryable: true)
    }

    /// Writes the line to every place at once; why one of them may not have it.
    private func failure(of line: AuditLine, _ places: [AuditPlace]) async -> AuditFailure? {
        guard places.count > 1 else { return await places[0].failure(of: line) }
        return await withTaskGroup { group in
            for place in places { group.addTask { await place.failure(of: line) } }
            return await group.reduce(nil) { $0 ?? $1 }
        }
    }
}
