import Foundation
import KMSConformance
import KeyManagement
import Testing

@testable import AWSKMS

/// moto with its signature and policy checks on: a server that shares nothing with ours.
@Suite struct MotoTests {
    private static let server = Result { try ChildServer("moto_kms.py") }

    private static func kms(_ user: String, secret: String? = nil) throws -> AWSKMS {
        let server = try server.get()
        let keys = try #require(server.ready[user] as? [String: String])
        return try AWSKMS(
            .forTests(
                region: server.text("region"), endpoint: server.text("http"),
                keys: (keys["accessKeyId"] ?? "", secret ?? keys["secretAccessKey"] ?? "")))
    }

    /// By the bare id: moto has an internal error where it is given an ARN.
    private static func order(_ call: String, _ key: WrapperKeyID) throws {
        let answer = try server.get().ask(["call": call, "parameters": ["KeyId": key.keyID ?? ""]])
        try #require(answer["error"] == nil, "\(answer)")
    }

    /// Where moto is no KMS.
    private static let deviations: Set<String> = [
        // It joins the context's keys and values to one text.
        "letters that move from a context's value to its key are noticed",
        // It answers AccessDeniedException where Decrypt names another key, and ReEncrypt looks at no SourceKeyId.
        "a ciphertext of another wrapper key than the one named is refused",
        // It tells such states and heeds none.
        "a disabled key does nothing until it is enabled",
        "a key that waits for its deletion does nothing",
    ]

    @Test(arguments: KMSConformance.all)
    func `moto and AWSKMS together behave as a KMS`(_ check: KMSConformance) async throws {
        let subject = ConformanceSubject(
            kms: try Self.kms("user"), disable: { try Self.order("disable_key", $0) },
            enable: { try Self.order("enable_key", $0) },
            scheduleDeletion: { try Self.order("schedule_key_deletion", $0) })
        if Self.deviations.contains(check.description) {
            await withKnownIssue { try await check.run(on: subject) }
        } else {
            try await check.run(on: subject)
        }
    }

    @Test func `what the policy does not allow is access denied, with action and key`() async throws {
        let key = try await Self.kms("user").createKey(CreateKeyRequest(description: "")).arn
        let reader = try Self.kms("reader")
        #expect(try await reader.describeKey(key).arn == key)
        let error = await #expect(throws: KMSError.self) {
            _ = try await reader.generateDataKey(under: key, context: EncryptionContext([:]))
        }
        #expect(error?.code == .accessDenied)
        #expect(error?.awsErrorType == "AccessDenied")
        let message = try #require(error?.message)
        #expect(message.hasPrefix("access denied: kms:GenerateDataKey on wrapper key \(key) is not allowed"))
    }

    @Test func `a signature by a wrong secret key is an error of the credentials`() async throws {
        let secret = "not/the+key+that+moto+made"
        let kms = try Self.kms("user", secret: secret)
        let error = await #expect(throws: KMSError.self) {
            _ = try await kms.createKey(CreateKeyRequest(description: ""))
        }
        #expect(error?.code == .credentials)
        #expect(error?.awsErrorType == "SignatureDoesNotMatch")
        let message = try #require(error?.message)
        #expect(message.contains("check the access key, its secret"))
        #expect(!message.contains(secret))
    }
}
