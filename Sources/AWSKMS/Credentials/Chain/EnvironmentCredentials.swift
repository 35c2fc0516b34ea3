import SecretMemory

/// An access key in the environment's variables.
struct EnvironmentCredentials {
    private let environment: AWSEnvironment

    init(_ environment: AWSEnvironment) { self.environment = environment }

    /// The credentials; nil where none of both variables is set.
    ///
    /// - Throws: ``AWSCredentialsError`` for half a key, or one that has ended already.
    func find() throws(AWSCredentialsError) -> AWSCredentials? {
        let (idName, secretName) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        let (secret, token) = (try secret(secretName), try secret("AWS_SESSION_TOKEN"))
        switch (environment.value(idName), secret) {
        case (nil, nil): return nil
        case (let id?, let secret?):
            return try AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiryInSecondsSince1970: try expiry(),
                source: "the environment")
        case (let id, _):
            let (given, missing) = id == nil ? (secretName, idName) : (idName, secretName)
            throw AWSCredentialsError("\(given) is set and \(missing) is not; set both or neither")
        }
    }

    private func secret(_ name: String) throws(AWSCredentialsError) -> SecretBox? {
        do { return try environment.secret(name) } catch { throw AWSCredentialsError(error) }
    }

    private func expiry() throws(AWSCredentialsError) -> Int? {
        guard let text = environment.value("AWS_CREDENTIAL_EXPIRATION") else { return nil }
        guard let seconds = ISODate.secondsSince1970(text) else {
            throw AWSCredentialsError("AWS_CREDENTIAL_EXPIRATION is no date such as 2030-01-31T12:00:00Z; correct it")
        }
        return seconds
    }
}

extension ProfileSection {
    /// The section's static key; nil where it has no part of one.
    ///
    /// - Throws: ``AWSCredentialsError`` for half a key.
    func staticCredentials(_ place: (String) -> String) throws(AWSCredentialsError) -> AWSCredentials? {
        guard hasStaticKey else { return nil }
        let given = accessKeyID == nil ? "aws_secret_access_key" : "aws_access_key_id"
        guard let accessKeyID, let secretAccessKey else {
            let missing = accessKeyID == nil ? "aws_access_key_id" : "aws_secret_access_key"
            throw AWSCredentialsError("\(place(given)) has no \(missing); add it")
        }
        return try AWSCredentials(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken,
            source: place(given))
    }
}
