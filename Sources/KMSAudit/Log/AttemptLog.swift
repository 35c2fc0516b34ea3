import KeyManagement

/// Gives every attempt of a request its lines: the failure of the one before, and that the request leaves again.
struct AttemptLog: KMSAttemptObserver {
    let log: AuditLog
    let request: AuditLog.Request
    let body: AuditBody
    let uri: String

    func willRepeat(after failure: KMSError) async throws(KMSError) {
        try await log.failed(request, failure)
        try await log.sending(request, body, to: uri, consequence: "the KMS was not called again")
    }
}
