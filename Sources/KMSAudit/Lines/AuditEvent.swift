public import KeyManagement

/// What happened to a request.
public enum AuditEvent: Sendable {
    /// It is about to leave for `uri`.
    case sending(AuditBody, uri: String)
    /// It was answered; `awsID` is the KMS's own id of the call.
    case received(AuditBody, awsID: String)
    /// It failed.
    case failed(KMSError, key: WrapperKeyID?)

    /// The message in Canton's words, on one line.
    func message(requestID: String) -> String {
        switch self {
        case .sending(let body, let uri): "Sending request [\(requestID)]: \(body) to \(uri.printable)"
        case .received(let body, let awsID):
            "Received response [\(requestID)]: [Aws-Id: \(awsID.printable)] - \(body)"
        case .failed(let error, let key): "Request [\(requestID)] failed. \(Self.text(error, key))"
        }
    }

    /// The manner of the AWS SDK's exceptions, and our code.
    private static func text(_ error: KMSError, _ key: WrapperKeyID?) -> String {
        var details = ["Operation: \(error.operation.rawValue)"]
        if let key { details.append("KeyId: \(key.rawValue.printable)") }
        details.append("Code: \(error.code.rawValue.printable)")
        details.append("Service: \(error.operation.service)")
        if let status = error.httpStatus { details.append("Status Code: \(status)") }
        if let requestID = error.requestID { details.append("Request ID: \(requestID.printable)") }
        let type = error.awsErrorType?.printable ?? "KMSError"
        return "\(type): \(error.message.printable) (\(details.joined(separator: ", ")))"
    }
}

extension KMSOperation {
    /// The service as the AWS SDK's exceptions name it.
    fileprivate var service: String {
        switch self {
        case .assumeRole, .assumeRoleWithWebIdentity: "Sts"
        default: "Kms"
        }
    }
}
