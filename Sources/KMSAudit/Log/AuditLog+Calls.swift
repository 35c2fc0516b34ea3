public import KeyManagement

extension AuditLog {
    /// Makes a call with its lines before and after, and those of every attempt.
    ///
    /// - Throws: besides the call's error, ``KMSError`` `.auditUnavailable`: before the request leaves, or instead of the
    ///   answer, which is wiped.
    func audited<Answer: ~Copyable>(
        _ operation: KMSOperation, _ key: WrapperKeyID?, _ body: AuditBody, to uri: String,
        call: () async throws(KMSError) -> Answer, answer describe: (borrowing Answer) -> (AuditBody, awsID: String)
    ) async throws(KMSError) -> Answer {
        let request = begin(operation, key)
        try await sending(request, body, to: uri)
        let answer: Answer
        do throws(KMSError) {
            // A call within this one, for credentials, has its trace id.
            answer = try await TraceID.$current.during(request.traceID) { () async throws(KMSError) in
                try await KMSAttempts.observed(
                    by: AttemptLog(log: self, request: request, body: body, uri: uri), call)
            }
        } catch {
            // That the log cannot be written has been said, and to the log it cannot be.
            if error.code != .auditUnavailable { try await failed(request, error) }
            throw error
        }
        let (answerBody, awsID) = describe(answer)
        // A throw here ends the answer, and its secret is wiped.
        try await received(request, answerBody, awsID: awsID)
        return answer
    }
}

extension AuditLog: CredentialCallAuditor {
    /// Makes a call to AWS's Security Token Service with its lines, as those of the KMS have theirs.
    public func audit(
        _ call: CredentialCall, make: () async throws(KMSError) -> CredentialCallAnswer
    ) async throws(KMSError) {
        _ = try await audited(call.operation, nil, .credentialRequest(call), to: call.endpoint, call: make) {
            (.credentialResponse($0, to: call), $0.requestID)
        }
    }
}
