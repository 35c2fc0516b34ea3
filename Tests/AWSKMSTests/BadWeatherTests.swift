import Foundation
import KMSConformance
import KeyManagement
import Testing

@testable import AWSKMS

/// What an operator meets: each is one error that says what to do.
@Suite struct BadWeatherTests {
    private static let server = Result { try StrictServer("--region", "us-east-2", "--bad-certificates") }
    private static let calls = Task { try await SampleCalls(on: server.get().kms()) }

    private func failure(
        of operation: KMSOperation = .decrypt, _ change: (inout AWSKMSConfiguration) -> Void = { _ in }
    ) async throws -> KMSError {
        var configuration = try Self.server.get().configuration()
        change(&configuration)
        let error = await (try Self.calls.value).failure(of: operation, on: try AWSKMS(configuration))
        return try #require(error)
    }

    @Test(arguments: SampleCalls.operations)
    func `where nobody listens the KMS cannot be reached`(_ operation: KMSOperation) async throws {
        let error = try await failure(of: operation) { $0.endpointOverride = "https://127.0.0.1:1" }
        #expect(error.code == .unavailable && error.isRetryable)
        #expect(error.message.hasPrefix("the KMS at https://127.0.0.1:1/ cannot be reached: "))
        #expect(error.message.hasSuffix("; check the network, the proxy settings and the region us-east-1"))
        #expect(!error.message.contains("may have been made"), "nothing was sent")
    }

    @Test func `an unknown host cannot be reached`() async throws {
        let error = try await failure { $0.endpointOverride = "https://no-such-host.invalid" }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("resolve"))
    }

    @Test func `a KMS of a certificate authority that is not named is not trusted`() async throws {
        let error = try await failure { $0.caBundle = nil }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("is not trusted: ") && error.message.contains("AWS_CA_BUNDLE"))
    }

    @Test(arguments: ["expiredCertificate", "foreignCertificate"])
    func `a KMS with a bad certificate is not trusted`(_ port: String) async throws {
        let url = try Self.server.get().url(port)
        let error = try await failure { $0.endpointOverride = url }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("is not trusted: "))
    }

    @Test func `a KMS is trusted blindly only where that was asked for`() async throws {
        let server = try Self.server.get()
        var configuration = server.configuration()
        configuration.endpointOverride = server.url("foreignCertificate")
        configuration.disableSSLVerification = true
        #expect(await (try Self.calls.value).failure(of: .decrypt, on: try AWSKMS(configuration)) == nil)
    }

    @Test func `AWS_CA_BUNDLE names the certificate authorities where nothing else does`() async throws {
        let server = try Self.server.get()
        var configuration = server.configuration()
        configuration.caBundle = nil
        configuration.environment = .fixed([
            "AWS_ACCESS_KEY_ID": server.keys.id, "AWS_SECRET_ACCESS_KEY": server.keys.secret,
            "AWS_CA_BUNDLE": server.caBundle,
        ])
        #expect(await (try Self.calls.value).failure(of: .decrypt, on: try AWSKMS(configuration)) == nil)
    }

    @Test func `a CA bundle that is missing is named`() async throws {
        let error = try await failure { $0.caBundle = "/nonexistent/ca.pem" }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("AWS_CA_BUNDLE"))
    }

    @Test func `a key of another region is not found, and the region is named`() async throws {
        let key = try await Self.calls.value.key
        let id = try #require(key.keyID.flatMap(WrapperKeyID.init(rawValue:)))
        var configuration = try Self.server.get().configuration()
        configuration.region = "us-east-2"
        let kms = try AWSKMS(configuration)
        let error = await #expect(throws: KMSError.self) { _ = try await kms.describeKey(id) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("does not exist in us-east-2; check its name, region and account") == true)
    }

    @Test func `an endpoint of another region refuses the signature`() async throws {
        let server = try Self.server.get()
        let regions = try #require(server.regions["us-east-2"])
        let error = try await failure { $0.endpointOverride = regions }
        #expect(error.code == .credentials)
        #expect(error.message.contains("region us-east-1"))
    }

    @Test(arguments: [
        ("Disabled", KMSError.Code.disabled, "is disabled; enable it"),
        ("PendingDeletion", .invalidState, "cancel its deletion"),
        ("Unavailable", .invalidState, "is in a state that forbids Decrypt"),
    ])
    func `a key in a state that forbids its use is named`(_ state: String, _ code: KMSError.Code, _ advice: String)
        async throws
    {
        let server = try Self.server.get()
        let kms = try server.kms()
        let calls = try await SampleCalls(on: kms)
        try server.setState(state, of: calls.key)
        for operation in SampleCalls.operations where operation != .createKey && operation != .describeKey {
            let error = try #require(await calls.failure(of: operation, on: kms))
            #expect(error.code == code)
            #expect(error.message.contains(calls.key.rawValue))
            if operation == .decrypt { #expect(error.message.contains(advice)) }
        }
    }

    @Test func `a deleted key and a key that never was do not exist`() async throws {
        let server = try Self.server.get()
        let kms = try server.kms()
        let calls = try await SampleCalls(on: kms)
        try server.setState("PendingDeletion", of: calls.key)
        try server.control("POST", "/keys/delete", ["arn": calls.key.rawValue])
        for operation in SampleCalls.operations where operation != .createKey {
            let error = try #require(await calls.failure(of: operation, on: kms))
            #expect(error.code == .notFound, "\(error.message)")
        }
        let alias = try #require(WrapperKeyID(rawValue: "alias/never-made"))
        let error = await SampleCalls(key: alias, wrapped: calls.wrapped).failure(of: .describeKey, on: kms)
        #expect(error?.code == .notFound)
    }

    @Test(arguments: SampleCalls.operations)
    func `who may do nothing is told the action and the key`(_ operation: KMSOperation) async throws {
        let server = try Self.server.get()
        let made = try server.control("POST", "/users", ["name": "nobody-\(operation.rawValue)"])
        let keys = (made["accessKeyId"] as? String ?? "", made["secretAccessKey"] as? String ?? "")
        let calls = try await Self.calls.value
        let error = try #require(await calls.failure(of: operation, on: try server.kms(keys)))
        #expect(error.code == .accessDenied && !error.isRetryable)
        #expect(error.message.contains("kms:\(operation.rawValue)"))
        #expect(operation == .createKey || error.message.contains(calls.key.rawValue))
        #expect(error.message.contains(keys.0))
    }

    @Test func `a wrong secret key is an error of the credentials, and is not shown`() async throws {
        let server = try Self.server.get()
        let secret = "wrong/\(server.keys.secret)"
        let calls = try await Self.calls.value
        let error = try #require(await calls.failure(of: .decrypt, on: try server.kms((server.keys.id, secret))))
        #expect(error.code == .credentials)
        #expect(!error.message.contains(secret) && error.message.contains(server.keys.id))
    }

    @Test func `a secret that stands where the access key's id belongs is not shown`() async throws {
        let server = try Self.server.get()
        let secret = server.keys.secret.filter { $0 != "/" }
        let calls = try await Self.calls.value
        let error = try #require(await calls.failure(of: .decrypt, on: try server.kms((secret, server.keys.id))))
        #expect(error.code == .credentials)
        #expect(!error.message.contains(secret.prefix(4)) && error.message.contains("access key of unusual form"))
    }
}
