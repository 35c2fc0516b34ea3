import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

/// Roles that a profile's other credentials assume.
@Suite(.serialized) struct AssumedRoleTests {
    private static let services = Result { try CredentialServices() }
    private let services: CredentialServices

    init() throws {
        services = try Self.services.get()
        try services.reset()
    }

    private func role(_ name: String, _ more: String) -> String {
        "role_arn = arn:aws:iam::111122223333:role/\(name)\n\(more)\n"
    }

    @Test func `all that the profile says of the role is in the call`() async throws {
        let more = "source_profile = keys\nexternal_id = a&b=c d+é\nrole_session_name = me@here\nduration_seconds = 900"
        try services.write("[default]\n\(role("r", more))[profile keys]\n\(services.keyLines)")
        let found = try await services.find()
        #expect(
            try services.forms() == [
                [
                    "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::111122223333:role/r",
                    "RoleSessionName": "me@here", "ExternalId": "a&b=c d+é", "DurationSeconds": "900",
                ]
            ])
        #expect(
            found.source
                == "role arn:aws:iam::111122223333:role/r by profile default of \(services.folder.file("config"))")
        let left = try #require(found.expiryInSecondsSince1970) - Int(Date().timeIntervalSince1970)
        #expect((600...900).contains(left))
    }

    @Test func `a chain of roles begins at its end`() async throws {
        try services.write(
            """
            [default]
            \(role("a", "source_profile = b"))
            [profile b]
            \(role("b", "source_profile = c"))
            [profile c]
            \(role("c", "credential_source = Environment"))
            """)
        let keys = ["AWS_ACCESS_KEY_ID": services.keys.id, "AWS_SECRET_ACCESS_KEY": services.keys.secret]
        // Written keys in the environment come before the profile, which then is none of the chain.
        #expect(try await services.find(keys).accessKeyID == services.keys.id)
        #expect(try services.forms().isEmpty)
        try services.write(
            """
            [default]
            \(role("a", "source_profile = b"))
            [profile b]
            \(role("b", "source_profile = c"))
            [profile c]
            \(services.keyLines)
            """)
        _ = try await services.find()
        #expect(try services.forms().map { $0["RoleArn"]?.last } == ["b", "a"])
    }

    @Test(arguments: [
        ("source_profile = default", "has source_profile = default, which leads back to it"),
        ("source_profile = x", "has source_profile = default, which leads back to it"),
        ("source_profile = none", "has source_profile = none, which is in none of"),
        ("source_profile = empty", "has source_profile = empty, which has no credentials"),
        ("", "has role_arn and neither source_profile nor credential_source"),
        ("source_profile = x\ncredential_source = Environment", "has both source_profile and credential_source"),
        ("credential_source = Anything", "has a credential_source that is none"),
        ("credential_source = Environment", "AWS_ACCESS_KEY_ID is not set"),
        ("credential_source = EcsContainer", "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor"),
        ("source_profile = x\nmfa_serial = arn:aws:iam::111122223333:mfa/u", "a node has nobody to type a code in"),
        ("source_profile = x\nduration_seconds = long", "a duration_seconds that is no number"),
    ])
    func `a role that cannot be assumed as it is written is refused`(_ more: String, _ part: String) async throws {
        let others = "[profile x]\n" + role("x", "source_profile = default") + "[profile empty]\nregion = x\n"
        try services.write("[default]\n" + role("r", more) + others)
        let error = await services.refusal(["AWS_EC2_METADATA_DISABLED": "true"])
        #expect(error?.code == .credentials)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(try services.requests().isEmpty)
    }

    @Test func `keys of a role are nothing without the role`() async throws {
        try services.write("[default]\ncredential_source = Environment\n")
        #expect(
            await services.refusal()?.message
                == "profile default of \(services.folder.file("config")) has credential_source and no role_arn; add it")
    }

    /// Status, error, headers, code, part of the sentence.
    @Test(
        arguments: [
            (
                403, "AccessDenied", .accessDenied,
                "sts:AssumeRole on arn:aws:iam::111122223333:role/r is not allowed for"
            ),
            (403, "ExpiredToken", .credentials, "has expired"),
            (403, "InvalidClientTokenId", .credentials, "does not accept profile keys of"),
            (400, "ValidationError", .validation, "check its ARN, session name, external id and duration"),
            (400, "PackedPolicyTooLarge", .validation, "(PackedPolicyTooLarge)"),
            (403, "RegionDisabledException", .credentials, "switch the region on"),
            (302, nil, .invalidResponse, "answers as no STS does"),
            (200, nil, .invalidResponse, "answers AssumeRole with no Credentials"),
        ] as [(Int, String?, KMSError.Code, String)])
    func `a refusal of STS is explained`(
        _ status: Int, _ name: String?, _ code: KMSError.Code, _ part: String
    ) async throws {
        try services.write("[default]\n\(role("r", "source_profile = keys"))[profile keys]\n\(services.keyLines)")
        let body = name.map { "<ErrorResponse><Error><Code>\($0)</Code></Error></ErrorResponse>" } ?? "<html></html>"
        try services.answer("/", ["status": status, "body": body, "headers": ["Location": services.url]])
        let error = await services.refusal()
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(services.keys.secret) == false)
        #expect(try services.forms().count == 1)
    }

    @Test(arguments: [(503, ""), (400, "Throttling"), (500, "InternalFailure"), (400, "IDPCommunicationError")])
    func `a fault of STS's own is tried again`(_ status: Int, _ name: String) async throws {
        try services.write("[default]\n\(role("r", "source_profile = keys"))[profile keys]\n\(services.keyLines)")
        let body = "<ErrorResponse><Error><Code>\(name)</Code></Error></ErrorResponse>"
        try services.answer("/", ["status": status, "body": body], ["status": status, "body": body])
        _ = try await services.find()
        #expect(try services.forms().count == 3)
    }

    @Test func `a clock that is off is corrected from STS's answer`() async throws {
        try services.write("[default]\n\(role("r", "source_profile = keys"))[profile keys]\n\(services.keyLines)")
        let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"
        let headers = ["Date": "Fri, 01 Jan 2027 00:00:00 GMT"]
        try services.answer("/", ["status": 403, "body": body, "headers": headers])
        _ = try await services.find()
        let dates = try services.requests().compactMap { ($0["fields"] as? [String: String])?["x-amz-date"] }
        #expect(dates.count == 2)
        #expect(dates.last?.hasPrefix("20270101T0000") == true, "\(dates)")
    }

    @Test func `an STS that hangs takes no longer than an operation may`() async throws {
        try services.write("[default]\n\(role("r", "source_profile = keys"))[profile keys]\n\(services.keyLines)")
        try services.answer("/", ["delay": 60])
        let kms = try services.kms {
            $0.timeouts = .init(attempt: .seconds(30), operation: .milliseconds(400))
        }
        let error = await #expect(throws: KMSError.self) { try await kms.credentials() }
        #expect(error?.code == .timedOut)
    }
}
