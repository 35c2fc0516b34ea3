import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

@Suite(.serialized) struct WebIdentityTests {
    private static let services = Result { try CredentialServices() }
    private let services: CredentialServices
    private let token = "header.payload+/=.signature"

    init() throws {
        services = try Self.services.get()
        try services.reset()
        try write(token + "\n")
    }

    private func write(_ token: String) throws { try services.folder.write(Array(token.utf8), to: "token") }

    private var variables: [String: String] {
        [
            "AWS_WEB_IDENTITY_TOKEN_FILE": services.folder.file("token"),
            "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/pod", "AWS_ROLE_SESSION_NAME": "pod-1",
        ]
    }

    @Test func `the token assumes the role, and nothing signs the call`() async throws {
        let found = try await services.find(variables)
        #expect(found.source == "role arn:aws:iam::111122223333:role/pod by the environment")
        let requests = try services.requests()
        #expect(requests.count == 1)
        let fields = try #require(requests.first?["fields"] as? [String: String])
        #expect(fields["authorization"] == nil && fields["x-amz-date"] == nil)
        let body = try #require(requests.first?["body"] as? String)
        #expect(body.contains("&WebIdentityToken=header.payload%2B%2F%3D.signature"))
        #expect(body.hasPrefix("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A"))
        #expect(body.contains("&RoleSessionName=pod-1"))
    }

    @Test func `a session without a name gets one of NodeVault's`() async throws {
        _ = try await services.find(variables.merging(["AWS_ROLE_SESSION_NAME": ""]) { $1 })
        #expect(try services.forms().first?["RoleSessionName"]?.hasPrefix("nodevault-") == true)
    }

    @Test func `a profile can have it as well, and the environment comes before it`() async throws {
        let line = "web_identity_token_file = \(services.folder.file("token"))\n"
        try services.write("[default]\nrole_arn = arn:aws:iam::111122223333:role/profile\n" + line)
        _ = try await services.find()
        _ = try await services.find(["AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/environment"])
        #expect(
            try services.forms().map { $0["RoleArn"] } == [
                "arn:aws:iam::111122223333:role/profile", "arn:aws:iam::111122223333:role/environment",
            ])
    }

    @Test func `the file is read anew for each refresh`() async throws {
        let kms = try services.kms(variables.merging(["AWS_EC2_METADATA_DISABLED": "true"]) { $1 })
        let first = try await kms.credentials()
        try write("another.token")
        #expect(try await kms.credentials() === first)
        _ = try await services.find(variables)
        #expect(try services.forms().map { $0["WebIdentityToken"] } == [token, "another.token"])
    }

    @Test(arguments: ["", "\n", "a b", "é.é", "abc\r\nX: y\r\n.", "abc"])
    func `what is no token never leaves`(_ content: String) async throws {
        try write(content)
        let error = await services.refusal(variables)
        #expect(
            error?.message
                == "\(services.folder.file("token")) holds no web identity token; check what writes the file")
        #expect(try services.requests().isEmpty)
    }

    @Test func `a missing file and a missing role are named`() async throws {
        let missing = variables.merging(["AWS_WEB_IDENTITY_TOKEN_FILE": "/none/token"]) { $1 }
        #expect(
            await services.refusal(missing)?.message
                == "the web identity token's file /none/token does not exist; check its path")
        let roleless = variables.merging(["AWS_ROLE_ARN": ""]) { $1 }
        #expect(
            await services.refusal(roleless)?.message
                == "the environment has AWS_WEB_IDENTITY_TOKEN_FILE and no AWS_ROLE_ARN; set both or neither")
    }

    @Test(arguments: [
        ("ExpiredTokenException", "the token in FILE has expired, says STS at URL/; renew it"),
        (
            "InvalidIdentityToken",
            "STS at URL/ does not accept the token in FILE (InvalidIdentityToken); check the identity provider and the "
                + "role's trust policy"
        ),
    ])
    func `a token that is refused is named by its file`(_ name: String, _ sentence: String) async throws {
        let body = "<ErrorResponse><Error><Code>\(name)</Code></Error></ErrorResponse>"
        try services.answer("/", ["status": 400, "body": body])
        let expected = sentence.replacing("FILE", with: services.folder.file("token")).replacing(
            "URL", with: services.url)
        #expect(await services.refusal(variables)?.message == expected)
    }
}
