import KeyManagement
import SecretMemory

/// The credentials in a good answer of STS; anything else in place of one is refused.
enum STSAnswer {
    static func credentials(
        in body: borrowing SecretBytes, of operation: KMSOperation, source: String
    ) throws(AnswerProblem) -> AWSCredentials {
        try body.withExposedBytes { span throws(AnswerProblem) in
            try span.withUnsafeBytes { bytes throws(AnswerProblem) in
                guard let found = element(in: bytes, operation.rawValue) else { throw .wrong("no Credentials") }
                return try credentials(of: found, source)
            }
        }
    }

    private static func element(in bytes: UnsafeRawBufferPointer, _ operation: String) -> XMLElement? {
        guard let root = try? XMLElement(bytes), root.name == operation + "Response",
            let result = try? root.child(operation + "Result")
        else { return nil }
        return try? result.child("Credentials")
    }

    private static func credentials(of element: XMLElement, _ source: String) throws(AnswerProblem) -> AWSCredentials {
        func child(_ name: String) throws(AnswerProblem) -> XMLElement {
            guard let child = try? element.child(name) else { throw .wrong("no \(name)") }
            return child
        }
        func secret(_ name: String) throws(AnswerProblem) -> SecretBox {
            let child = try child(name)
            do throws(SecretMemoryError) {
                if let secret = try child.secret() { return SecretBox(secret) }
            } catch { throw .secretMemory(error.description) }
            throw .wrong("an unusable \(name)")
        }
        guard let id = try child("AccessKeyId").text else { throw .wrong("an unusable AccessKeyId") }
        let (key, token) = (try secret("SecretAccessKey"), try secret("SessionToken"))
        guard let expiry = try child("Expiration").text.flatMap(ISODate.secondsSince1970) else {
            throw .wrong("an unusable Expiration")
        }
        do throws(AWSCredentialsError) {
            return try AWSCredentials(
                accessKeyID: id, secretAccessKey: key, sessionToken: token, expiryInSecondsSince1970: expiry,
                source: source)
        } catch { throw .wrong("unusable Credentials") }
    }
}
