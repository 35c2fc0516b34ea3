import EnvelopeCrypto
public import SecretMemory

/// An AWS access key with its secret parts in secret memory.
public final class AWSCredentials: Sendable {
    /// The access key's id, which is no secret.
    public let accessKeyID: String
    /// Where the credentials come from, for the operator: `the environment`, `profile NAME of FILE`.
    public let source: String
    /// When they end, in seconds since 1970; nil for those that do not.
    public let expiryInSecondsSince1970: Int?
    /// Whether they are used beyond their end while there are no newer ones: the metadata service of an instance hands
    /// out what it has when AWS cannot renew it, and AWS then goes on to accept it.
    let outlivesExpiry: Bool
    let secretAccessKey: SecretBox
    let sessionToken: SecretBox?
    private let signingKeys = Lock<[SigningScope: SecretBox]>([:])

    /// Takes an access key over.
    ///
    /// - Parameters:
    ///   - sessionToken: of temporary credentials.
    ///   - expiryInSecondsSince1970: of temporary credentials; they are replaced ahead of it.
    /// - Throws: ``AWSCredentialsError`` when a part is empty or has other than printable ASCII characters.
    public convenience init(
        accessKeyID: String, secretAccessKey: SecretBox, sessionToken: SecretBox? = nil,
        expiryInSecondsSince1970: Int? = nil, source: String
    ) throws(AWSCredentialsError) {
        try self.init(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken,
            expiryInSecondsSince1970: expiryInSecondsSince1970, outlivesExpiry: false, source: source)
    }

    init(
        accessKeyID: String, secretAccessKey: SecretBox, sessionToken: SecretBox?, expiryInSecondsSince1970: Int?,
        outlivesExpiry: Bool, source: String
    ) throws(AWSCredentialsError) {
        guard !accessKeyID.isEmpty, accessKeyID.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x2f }) else {
            throw AWSCredentialsError("the access key id of \(source) has characters that no access key id has")
        }
        guard secretAccessKey.secret.isPrintable else {
            throw AWSCredentialsError("the secret access key of \(source) is empty or has spaces or line ends in it")
        }
        if let sessionToken, !sessionToken.secret.isPrintable {
            throw AWSCredentialsError("the session token of \(source) is empty or has spaces or line ends in it")
        }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiryInSecondsSince1970 = expiryInSecondsSince1970
        self.outlivesExpiry = outlivesExpiry
        self.source = source
    }

    /// The access key's id in messages: left out where it looks like none, since a secret can stand in its place by
    /// mistake.
    var shownID: String {
        let isUsual = accessKeyID.utf8.allSatisfy { byte in
            UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        }
        return isUsual ? accessKeyID : "of unusual form"
    }

    /// Whether these are the same credentials, wherever they come from.
    func isEqual(to other: AWSCredentials) -> Bool {
        func isSame(_ left: SecretBox?, _ right: SecretBox?) -> Bool {
            guard let left, let right else { return left == nil && right == nil }
            return left.secret.isEqual(to: right.secret)
        }
        return accessKeyID == other.accessKeyID && isSame(secretAccessKey, other.secretAccessKey)
            && isSame(sessionToken, other.sessionToken)
    }

    /// The derived key for `scope`, from the cache where it was derived before.
    func signingKey(for scope: SigningScope) throws(EnvelopeError) -> SecretBox {
        if let known = signingKeys.withLock({ $0[scope] }) { return known }
        let made = SecretBox(try scope.signingKey(from: secretAccessKey.secret))
        signingKeys.withLock { keys in
            // A new day: the old day's keys are of no use any more.
            keys = keys.filter { $0.key.day == scope.day }
            keys[scope] = made
        }
        return made
    }
}

extension SecretBytes {
    /// Whether there are bytes, and all are printable ASCII: what a header field can carry.
    fileprivate var isPrintable: Bool {
        withExposedBytes { span in
            span.withUnsafeBytes { !$0.isEmpty && $0.allSatisfy { (0x21...0x7e).contains($0) } }
        }
    }
}
