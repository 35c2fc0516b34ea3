import KeyManagement
import SecretMemory

/// Gives every attempt of a request its lines: the failure of the one before, and that the request leaves again.
final class AttemptLog: KMSAttemptObserver {
    private let log: AuditLog
    private let request: AuditLog.Request
    private let body: AuditBody
    private let uri: String
    private let begin = ContinuousClock.now
    private let hasTold = Lock(false)
    /// After which somebody who waits for the call wants to know why.
    private static let patience = Duration.seconds(3)

    init(log: AuditLog, request: AuditLog.Request, body: AuditBody, uri: String) {
        self.log = log
        self.request = request
        self.body = body
        self.uri = uri
    }

    func willRepeat(after failure: KMSError) async throws(KMSError) {
        if ContinuousClock.now - begin > Self.patience, hasTold.withLock({ $0.exchange(with: true) }) == false {
            log.tell(of: failure, in: request)
        }
        try await log.failed(request, failure)
        try await log.sending(request, body, to: uri, consequence: "the KMS was not called again")
    }
}

extension Bool {
    fileprivate mutating func exchange(with value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
