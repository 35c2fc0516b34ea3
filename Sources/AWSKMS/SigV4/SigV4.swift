import EnvelopeCrypto
import SecretMemory

/// AWS Signature Version 4 for POSTs, pure: no clock, no network, no environment.
///
/// Source: the AWS page "Create a signed AWS API request".
struct SigV4: Sendable {
    let region: String
    let service: String

    /// The fields to send: those given, the date, the session token where there is one, and the signature over them
    /// all.
    ///
    /// - Parameters:
    ///   - fields: `host` among them; all are signed.
    ///   - path: of the URL.
    ///   - body: what will be sent, hashed where it lies.
    func sign(
        _ fields: [HTTPField], path: String, body: borrowing SecretBytes, with credentials: AWSCredentials,
        at time: SigningTime
    ) throws(EnvelopeError) -> [HTTPField] {
        var signed = fields + [HTTPField("x-amz-date", time.timestamp)]
        if let token = credentials.sessionToken { signed.append(HTTPField("x-amz-security-token", secret: token)) }
        let request = CanonicalRequest(path: path, fields: signed, bodyDigest: try SHA256Digest.of(body))
        let scope = SigningScope(day: time.day, region: region, service: service)
        let algorithm = "AWS4-HMAC-SHA256"
        let text = "\(algorithm)\n\(time.timestamp)\n\(scope)\n\(try request.digest().hex)"
        let key = try credentials.signingKey(for: scope)
        var signature = [UInt8](repeating: 0, count: SHA256Digest.sizeInBytes)
        try signature.withMutableBytes { output throws(EnvelopeError) in
            try SHA256Digest.authenticate(text, key: key.secret, into: output)
        }
        let authorization =
            "\(algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(request.signedNames), "
            + "Signature=\(signature.hex)"
        return signed + [HTTPField("authorization", authorization)]
    }
}
