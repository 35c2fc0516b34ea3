import Foundation
import KMSConformance

@testable import AWSKMS

/// A random environment with its shared files, as ours and botocore's chain get it.
///
/// What only ours refuses is not in it: half a key in the environment, stray keys of roles, MFA.
struct CredentialSample: CustomStringConvertible {
    let environment: [String: String]
    let description: String

    init(_ number: Int, _ services: CredentialServices, _ random: inout SeededGenerator) throws {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        func one(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }
        func file(_ kind: String) -> String { services.folder.file("\(number)-\(kind)") }
        try services.folder.write(Array("header.payload.\(number)".utf8), to: "\(number)-token")
        var (config, credentials) = ("", "")
        for name in ["default", "a", "b", "c"] where chance(85) {
            config += name == "default" ? "[default]\n" : "[profile \(name)]\n"
            if chance(55) {
                config += "role_arn = arn:aws:iam::111122223333:role/\(name)\n"
                if chance(20) { config += "web_identity_token_file = \(file("token"))\n" }
                if chance(20) { config += "external_id = e&=\(name)\n" }
                if chance(20) { config += "role_session_name = s@\(name)\n" }
                if chance(20) { config += "duration_seconds = 900\n" }
                if chance(80) { config += "source_profile = \(one(["default", "a", "b", "c", name, "none"]))\n" }
                if chance(20) {
                    let source = one(["Environment", "EcsContainer", "Ec2InstanceMetadata", "environment"])
                    config += "credential_source = \(source)\n"
                }
            }
            if chance(15) {
                let json = #"{\"Version\": 1, \"AccessKeyId\": \"AKIAPROCESS\#(name)\", \"SecretAccessKey\": \"s\"}"#
                config += "credential_process = printf %s \"\(json)\"\n"
            }
            if chance(8) { config += "sso_account_id = 111122223333\n" }
            if chance(30) { config += services.keyLines }
            if chance(40) { credentials += "[\(name)]\n\(chance(95) ? services.keyLines : "aws_access_key_id = A\n")" }
        }
        try services.folder.write(Array(config.utf8), to: "\(number)-config")
        try services.folder.write(Array(credentials.utf8), to: "\(number)-credentials")
        var variables = [
            "AWS_CONFIG_FILE": file("config"), "AWS_SHARED_CREDENTIALS_FILE": file("credentials"),
            "AWS_EC2_METADATA_DISABLED": chance(50) ? "true" : "false",
        ]
        if chance(15) {
            variables["AWS_ACCESS_KEY_ID"] = services.keys.id
            variables["AWS_SECRET_ACCESS_KEY"] = services.keys.secret
        }
        if chance(60) { variables["AWS_PROFILE"] = one(["default", "a", "b", "c", "c", "missing"]) }
        if chance(15) { variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = file("token") }
        if chance(15) { variables["AWS_ROLE_ARN"] = "arn:aws:iam::111122223333:role/environment" }
        if chance(30) { variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = services.url + "/container?a=b" }
        environment = variables
        description = "\(variables)\n\(config)\n\(credentials)"
    }
}
