/// A call to AWS's Security Token Service, which answers with credentials for the calls that follow.
public struct CredentialCall: Sendable, Hashable {
    /// ``KMSOperation/assumeRole`` or ``KMSOperation/assumeRoleWithWebIdentity``.
    public let operation: KMSOperation
    /// The ARN of the role that is assumed.
    public let role: String
    /// The name that the session has in CloudTrail.
    public let sessionName: String
    /// The address that it goes to: `https://sts.REGION.amazonaws.com/`.
    public let endpoint: String

    /// A call by its parts.
    public init(operation: KMSOperation, role: String, sessionName: String, endpoint: String) {
        self.operation = operation
        self.role = role
        self.sessionName = sessionName
        self.endpoint = endpoint
    }
}

/// What such a call answers, but for its secrets.
public struct CredentialCallAnswer: Sendable, Hashable {
    /// The id of the access key that was made.
    public let accessKeyID: String
    /// When the credentials end, in seconds since 1970.
    public let expiryInSecondsSince1970: Int
    /// The service's own id of the call; empty where it told none.
    public let requestID: String

    /// An answer by its parts.
    public init(accessKeyID: String, expiryInSecondsSince1970: Int, requestID: String) {
        self.accessKeyID = accessKeyID
        self.expiryInSecondsSince1970 = expiryInSecondsSince1970
        self.requestID = requestID
    }
}

/// Stands before each call that fetches credentials, as an audit log does.
public protocol CredentialCallAuditor: Sendable {
    /// Makes the call by `make`, once, and tells of it before and after.
    ///
    /// It runs in the task of the KMS call that needs the credentials first, with its task-local values. To hear of
    /// each attempt, make it within ``KMSAttempts/observed(by:_:)``.
    ///
    /// - Throws: what `make` throws. An error of its own before `make` keeps the call from leaving; after it, the
    ///   credentials are wiped.
    func audit(
        _ call: CredentialCall, make: () async throws(KMSError) -> CredentialCallAnswer
    ) async throws(KMSError)
}
