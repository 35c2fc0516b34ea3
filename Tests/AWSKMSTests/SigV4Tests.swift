import EnvelopeCrypto
import Foundation
import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct SigV4Tests {
    /// The access key of AWS's own examples.
    private static func example(token: String? = nil) throws -> AWSCredentials {
        try .made("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    }

    /// 2015-08-30T12:36:00Z.
    private static let moment = SigningTime(secondsSince1970: 1_440_938_160)

    @Test func `the signing key of AWS's documentation is derived`() throws {
        let scope = SigningScope(day: "20150830", region: "us-east-1", service: "iam")
        let key = try Self.example().signingKey(for: scope)
        let hex = key.secret.withExposedBytes { span in span.withUnsafeBytes { $0.hex } }
        #expect(hex == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
    }

    @Test(arguments: [
        (nil, "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            """
            AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8\
            YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6\
            fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQ\
            wj2ICCR/oLxBA==
            """, "host;x-amz-date;x-amz-security-token",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
        ),
    ])
    func `the POSTs of AWS's test suite are signed as it says`(
        token: String?, names: String, signature: String
    ) throws {
        let body = try SecretBytes(zeroedCount: 0)
        let fields = try SigV4(region: "us-east-1", service: "service").sign(
            [HTTPField("host", "example.amazonaws.com")], path: "/", body: body, with: Self.example(token: token),
            at: Self.moment)
        #expect(
            fields.authorization
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + "SignedHeaders=\(names), Signature=\(signature)")
    }

    @Test func `three hundred requests are signed as botocore signs them`() async throws {
        var random = SeededGenerator(state: 20_261_124)
        let samples = (0..<300).map { _ in SigningSample(&random) }
        let ours = try samples.map { try $0.authorization() }
        let theirs = try #require(try await ChildServer.run("sign_requests.py", on: samples.map(\.order)) as? [String])
        #expect(theirs.count == 300)
        for (index, pair) in zip(ours, theirs).enumerated() {
            #expect(pair.0 == pair.1, "\(samples[index].order)")
        }
    }

    @Test func `a signing key is derived once a day and region`() throws {
        let credentials = try Self.example()
        let scope = SigningScope(day: "20150830", region: "us-east-1", service: "kms")
        let first = try credentials.signingKey(for: scope)
        #expect(try credentials.signingKey(for: scope) === first)
        let other = SigningScope(day: "20150830", region: "us-east-2", service: "kms")
        #expect(try !credentials.signingKey(for: other).secret.isEqual(to: first.secret))
        let tomorrow = SigningScope(day: "20150831", region: "us-east-1", service: "kms")
        #expect(try !credentials.signingKey(for: tomorrow).secret.isEqual(to: first.secret))
        #expect(try credentials.signingKey(for: scope) !== first, "the new day drops the old day's keys")
    }

    @Test func `a changed body changes the signature`() throws {
        let signer = SigV4(region: "us-east-1", service: "kms")
        let signatures = try ["{}", "{ }"].map { text in
            let body = try SecretBytes(copying: Array(text.utf8).span.bytes)
            return try signer.sign(
                [HTTPField("host", "h")], path: "/", body: body, with: Self.example(), at: Self.moment
            ).authorization
        }
        #expect(signatures[0] != signatures[1])
    }
}
