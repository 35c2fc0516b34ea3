import KeyManagement
import SecretMemory

/// A call to the Security Token Service: which role, and by what right.
struct STSRequest: Sendable {
    enum Right: Sendable {
        /// These credentials sign it.
        case credentials(AWSCredentials)
        /// This token is in it, and nothing signs it.
        case token(SecretBox, file: String)
    }

    let role: AssumedRole
    /// The session's name in CloudTrail.
    let sessionName: String
    let right: Right

    var operation: KMSOperation {
        switch right {
        case .credentials: .assumeRole
        case .token: .assumeRoleWithWebIdentity
        }
    }

    /// Source: the AWS Security Token Service API Reference.
    func body() throws(SecretMemoryError) -> SecretBytes {
        var form = try FormWriter()
        try form.add("Action", operation.rawValue)
        try form.add("Version", "2011-06-15")
        try form.add("RoleArn", role.arn)
        try form.add("RoleSessionName", sessionName)
        if let id = role.externalID { try form.add("ExternalId", id) }
        if let duration = role.durationInSeconds { try form.add("DurationSeconds", String(duration)) }
        if case .token(let token, _) = right { try form.add("WebIdentityToken", secret: token.secret) }
        return form.finish()
    }

    /// Who asks, for a sentence.
    var asker: String {
        switch right {
        case .credentials(let found): "\(found.source) (access key \(found.shownID))"
        case .token(_, let file): "the token in \(file)"
        }
    }
}
