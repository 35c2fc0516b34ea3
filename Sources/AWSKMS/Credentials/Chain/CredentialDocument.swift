import SecretMemory

/// The JSON in which programs, containers and instances answer with credentials.
struct CredentialDocument {
    /// How the member with the session token is called.
    enum Kind {
        /// `SessionToken`, with `Version`; what it has for long need not end.
        case process
        /// `Token`, always, as `Expiration`.
        case service
    }

    let kind: Kind
    /// Who has answered, for the operator.
    let source: String
    var outlivesExpiry = false

    /// Reads a document that lies in secret memory.
    ///
    /// - Throws: ``AWSCredentialsError`` that says what is missing; nothing of the document is in it.
    func read(_ document: borrowing SecretBytes) throws(AWSCredentialsError) -> AWSCredentials {
        try document.withExposedBytes { span throws(AWSCredentialsError) in
            try span.withUnsafeBytes { bytes throws(AWSCredentialsError) in
                guard let members = try? JSONObject(bytes) else { throw wrong("no JSON object") }
                return try read(members)
            }
        }
    }

    private func read(_ members: JSONObject) throws(AWSCredentialsError) -> AWSCredentials {
        if kind == .process, !members.isNumber("Version", 1) { throw wrong("no Version = 1") }
        guard let id = members.text("AccessKeyId") else { throw wrong("no AccessKeyId" + reason(members)) }
        guard let key = try secret("SecretAccessKey", of: members) else { throw wrong("no SecretAccessKey") }
        let tokenName = kind == .process ? "SessionToken" : "Token"
        let token = try secret(tokenName, of: members)
        let expiry = members.text("Expiration")
        if kind == .service {
            guard token != nil else { throw wrong("no Token") }
            guard expiry != nil else { throw wrong("no Expiration") }
        }
        let seconds = expiry.flatMap(ISODate.secondsSince1970)
        guard expiry == nil || seconds != nil else { throw wrong("an Expiration that is no date") }
        return try AWSCredentials(
            accessKeyID: id, secretAccessKey: key, sessionToken: token, expiryInSecondsSince1970: seconds,
            outlivesExpiry: outlivesExpiry, source: source)
    }

    private func secret(_ name: String, of members: JSONObject) throws(AWSCredentialsError) -> SecretBox? {
        do throws(SecretMemoryError) {
            if let found = try members.plainSecret(name) { return SecretBox(found) }
            return nil
        } catch { throw AWSCredentialsError(error) }
    }

    /// The name of an error that a service tells in place of credentials.
    private func reason(_ members: JSONObject) -> String {
        for member in ["Code", "code"] {
            if let code = members.text(member).flatMap(PlainWord.of) { return " (\(code))" }
        }
        return ""
    }

    private func wrong(_ what: String) -> AWSCredentialsError {
        AWSCredentialsError("\(source) answers with \(what); check it", isRetryable: kind == .service)
    }
}
