import Foundation
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// Expired credentials and clocks that are off.
@Suite struct RenewalTests {
    /// Answers one of its credentials after another, the last one for ever.
    private final class Sequence: AWSCredentialsProvider {
        private let left: Lock<[AWSCredentials]>
        let asked = Lock(0)

        init(_ all: [AWSCredentials]) { left = Lock(all) }

        func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
            asked.withLock { $0 += 1 }
            let next = left.withLock { left in left.count > 1 ? left.removeFirst() : left.first }
            guard let next else { throw AWSCredentialsError("there are none") }
            return next
        }
    }

    private static let server = Result { try StrictServer() }

    private static func session(expiresIn seconds: Int) throws -> AWSCredentials {
        let server = try server.get()
        let order: [String: any Sendable] = ["accessKeyId": try server.newKeys().id, "expiresIn": seconds]
        let made = try server.control("POST", "/session-tokens", order)
        func text(_ name: String) -> String { made[name] as? String ?? "" }
        return try .made(text("accessKeyId"), text("secretAccessKey"), text("sessionToken"))
    }

    private static func kms(_ provider: any AWSCredentialsProvider) throws -> AWSKMS {
        var configuration = try server.get().configuration()
        configuration.credentials = provider
        return try AWSKMS(configuration)
    }

    @Test func `an expired token is replaced once, within the call`() async throws {
        let provider = Sequence([try Self.session(expiresIn: -10), try Self.session(expiresIn: 3600)])
        let kms = try Self.kms(provider)
        let calls = try await SampleCalls(on: kms)
        try await calls.make(.decrypt, on: kms)
        #expect(provider.asked.withLock { $0 } == 2)
    }

    @Test func `a provider that has nothing newer is not asked for ever`() async throws {
        let expired = try Self.session(expiresIn: -10)
        let provider = Sequence([expired])
        let kms = try Self.kms(provider)
        let error = await #expect(throws: KMSError.self) {
            _ = try await kms.createKey(CreateKeyRequest(description: ""))
        }
        #expect(error?.code == .credentials)
        #expect(error?.message == "the AWS credentials of a test have expired; renew them")
        #expect(provider.asked.withLock { $0 } == 2)
        #expect(try Self.server.get().requests(of: (expired.accessKeyID, "")).count == 1)
    }

    @Test func `a second expired token ends the call`() async throws {
        let provider = Sequence([try Self.session(expiresIn: -10), try Self.session(expiresIn: -10)])
        let kms = try Self.kms(provider)
        let error = await #expect(throws: KMSError.self) {
            _ = try await kms.createKey(CreateKeyRequest(description: ""))
        }
        #expect(error?.code == .credentials)
        #expect(provider.asked.withLock { $0 } == 3)
    }

    @Test func `refused credentials are asked for again at the next call`() async throws {
        let good = try Self.server.get().newKeys()
        let provider = Sequence([try .made(good.id, "wrong"), try .made(good.id, good.secret)])
        let kms = try Self.kms(provider)
        let error = await #expect(throws: KMSError.self) {
            _ = try await kms.createKey(CreateKeyRequest(description: ""))
        }
        #expect(error?.code == .credentials)
        _ = try await SampleCalls(on: kms)
        #expect(provider.asked.withLock { $0 } == 2)
    }

    @Test func `a provider's failure is the call's`() async throws {
        let kms = try Self.kms(Sequence([]))
        let error = await #expect(throws: KMSError.self) {
            _ = try await kms.createKey(CreateKeyRequest(description: ""))
        }
        #expect(error?.code == .credentials)
        #expect(error?.message == "there are none")
    }

    @Test(arguments: [3600, -3600])
    func `a clock that is off is corrected from the answer, once`(_ offset: Int) async throws {
        let server = try StrictServer()
        try server.control("POST", "/clock", ["offset": offset])
        let kms = try server.kms()
        let calls = try await SampleCalls(on: kms)
        try await calls.make(.decrypt, on: kms)
        let statuses = try server.requests(of: server.keys).compactMap { $0["status"] as? Int }
        #expect(statuses == [400, 200, 200, 200], "the correction is kept for later calls")
    }

    @Test func `a KMS whose clock runs away is not asked for ever`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        for hour in 1...4 {
            let options: [String: any Sendable] = [
                "code": "InvalidSignatureException", "status": 400, "dateSkew": 3600 * hour, "times": 1,
            ]
            try server.arm("error", options, for: keys)
        }
        let kms = try server.kms(keys)
        let error = await #expect(throws: KMSError.self) {
            _ = try await kms.createKey(CreateKeyRequest(description: ""))
        }
        #expect(error?.code == .credentials)
        #expect(try server.requests(of: keys).count == 2)
    }
}
