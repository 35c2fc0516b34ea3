import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// The services beside a container and under an instance.
@Suite(.serialized) struct LocalServiceTests {
    private static let services = Result { try CredentialServices() }
    private let services: CredentialServices
    private var containerURL: String { services.url + "/container/x?y=z" }

    init() throws {
        services = try Self.services.get()
        try services.reset()
    }

    @Test(arguments: [
        "https://anything.example/x", "http://127.0.0.1/x", "http://127.255.1.2:80/", "http://localhost:1/x?y=z",
        "http://[::1]/", "http://169.254.170.2/x", "http://169.254.170.23/x", "http://[fd00:ec2::23]/x",
    ])
    func `credentials are asked for on this machine or by https`(_ url: String) {
        #expect(LocalURL(url)?.isTrusted == true)
    }

    @Test(arguments: [
        "http://anything.example/x", "http://128.0.0.1/x", "http://127.0.0.1.example/x", "http://127.1/",
        "http://[::2]/",
        "http://169.254.169.254/", "http://169.254.170.3/x", "http://localhost.example/", "http://0127.0.0.1/",
        "http://127.0.0.1.1/", "http://2130706433/", "http://[::ffff:10.0.0.1]/",
    ])
    func `they are asked for nowhere else`(_ url: String) async throws {
        #expect(LocalURL(url)?.isTrusted == false)
        let error = await services.refusal(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect(error?.code == .credentials)
        #expect(error?.message.contains("neither reached by https nor one of this machine") == true)
    }

    @Test(arguments: [
        "", "x", "ftp://localhost/", "http://u@localhost/", "http://localhost/#x", "http://localhost/?a b",
    ])
    func `what is no URL is refused`(_ url: String) { #expect(LocalURL(url) == nil) }

    @Test(arguments: ["@evil.example/", ".evil.example/x", ":80@evil/", "x"])
    func `a relative URI is a path`(_ path: String) async throws {
        let error = await services.refusal(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": path])
        #expect(error?.message == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path; correct it")
    }

    @Test func `a container's service answers`() async throws {
        let found = try await services.find(["AWS_CONTAINER_CREDENTIALS_FULL_URI": containerURL])
        #expect(found.source == "the container's service at \(services.url)/container/x")
        #expect(found.accessKeyID.hasPrefix("ASIA") && found.expiryInSecondsSince1970 != nil)
        let request = try #require(try services.requests().first)
        #expect(request["method"] as? String == "GET" && request["path"] as? String == "/container/x?y=z")
        let fields = try #require(request["fields"] as? [String: String])
        #expect(fields["accept"] == "application/json" && fields["authorization"] == nil)
        #expect(fields["content-length"] == nil)
    }

    @Test func `the token's file comes before the token, and is read anew`() async throws {
        try services.set(["token": "Bearer one"])
        let variables = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": containerURL, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer one",
        ]
        _ = try await services.find(variables)
        #expect(await services.refusal(["AWS_CONTAINER_CREDENTIALS_FULL_URI": containerURL])?.code == .credentials)
        try services.folder.write(Array("Bearer two".utf8), to: "token")
        let file = variables.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": services.folder.file("token")]) { $1 }
        #expect(
            await services.refusal(file)?.message
                == "the container's service at \(services.url)/container/x refuses with HTTP status 401; check the "
                + "container's role and its token")
        try services.folder.write(Array("Bearer one".utf8), to: "token")
        _ = try await services.find(file)
        try services.folder.write(Array("Bearer one\r\nX-Evil: 1".utf8), to: "token")
        #expect(await services.refusal(file)?.message.contains("holds no token") == true)
    }

    @Test func `a container's service that fails is an error, after three attempts`() async throws {
        for _ in 0..<3 { try services.answer("/container", ["status": 500]) }
        let error = await services.refusal(["AWS_CONTAINER_CREDENTIALS_FULL_URI": containerURL])
        #expect(error?.message.contains("answers with HTTP status 500") == true)
        #expect(error?.isRetryable == true)
        #expect(try services.requests().count == 3)
        try services.answer("/container", ["status": 500])
        _ = try await services.find(["AWS_CONTAINER_CREDENTIALS_FULL_URI": containerURL])
    }

    @Test func `an instance's service answers who has its token`() async throws {
        let found = try await services.find()
        #expect(found.source == "the instance's metadata service at \(services.url)/" && found.outlivesExpiry)
        let folder = "/latest/meta-data/iam/security-credentials/"
        let requests = try services.requests().map { "\($0["method"] ?? "") \($0["path"] ?? "")" }
        #expect(requests == ["PUT /latest/api/token", "GET \(folder)", "GET \(folder)node"])
    }

    @Test(arguments: [nil, "true", "false"])
    func `version 1 is asked only where that is allowed`(_ disabled: String?) async throws {
        let imds: [String: any Sendable] = ["version1": true, "expiry": 3600, "role": "node"]
        try services.set(["imds": imds])
        let variables = ["AWS_EC2_METADATA_V1_DISABLED": disabled ?? ""]
        if disabled == "false" {
            #expect(try await services.find(variables).accessKeyID.hasPrefix("ASIA"))
        } else {
            let error = await services.refusal(variables)
            #expect(
                error?.message.contains("gives no token (HTTP status 404), and its version 1 is not allowed") == true)
            #expect(try services.requests().count == 1)
        }
    }

    @Test func `an instance's service that is switched off is not asked`() async throws {
        let error = await services.refusal(["AWS_EC2_METADATA_DISABLED": "TRUE"])
        #expect(
            error?.message.hasPrefix("no AWS credentials: AWS_ACCESS_KEY_ID is not set, and profile default") == true)
        #expect(try services.requests().isEmpty)
    }

    @Test func `an instance without a role, and a machine that is none, are told apart`() async throws {
        let imds: [String: any Sendable] = ["version1": false, "expiry": 3600, "role": ""]
        try services.set(["imds": imds])
        #expect(
            await services.refusal()?.message
                == "the instance's metadata service at \(services.url)/ knows of no role; give the instance a profile "
                + "with a role")
        let nobody = await services.refusal(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"])
        #expect(nobody?.code == .credentials)
        #expect(nobody?.message.hasPrefix("no AWS credentials: ") == true)
        #expect(
            nobody?.message.hasSuffix(
                "and the instance's metadata service at http://127.0.0.1:9/ cannot be reached; set AWS_ACCESS_KEY_ID "
                    + "and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE") == true)
    }

    @Test(arguments: ["../../user-data", "a/b", "", "a b", "."])
    func `a role's name that would be another path is not asked for`(_ name: String) async throws {
        let body: [String: any Sendable] = ["status": 200, "body": name]
        try services.answer("/latest/meta-data/iam/security-credentials/", body)
        #expect(await services.refusal()?.message.contains("names no role") == true)
        #expect(try services.requests().count == 2)
    }

    @Test(arguments: [
        ("AWS_EC2_METADATA_DISABLED", "1"), ("AWS_EC2_METADATA_V1_DISABLED", "yes"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "metadata"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "0"), ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "many"),
    ])
    func `a setting that is none is an error`(_ variable: String, _ value: String) async throws {
        #expect(await services.refusal([variable: value])?.message.hasPrefix("\(variable) is ") == true)
        #expect(try services.requests().isEmpty)
    }

    @Test func `no proxy sees what only this machine answers`() async {
        await #expect(processExitsWith: .success) {
            for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:9", 1) }
            let services = try CredentialServices()
            _ = try await services.find()
            _ = try await services.find(["AWS_CONTAINER_CREDENTIALS_FULL_URI": services.url + "/container"])
            // And the proxy counts for STS.
            try services.folder.write(Array("a.b.c".utf8), to: "token")
            let identity = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": services.folder.file("token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
            ]
            let kms = try services.kms(identity) { $0.timeouts = .init(operation: .milliseconds(500)) }
            let error = await #expect(throws: KMSError.self) { try await kms.credentials() }
            #expect(error?.code == .unavailable || error?.code == .timedOut)
        }
    }
}
