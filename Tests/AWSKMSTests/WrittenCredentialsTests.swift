import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct WrittenCredentialsTests {
    private let folder: TemporaryFolder
    private let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    init() throws { folder = try TemporaryFolder() }

    /// The variables that name the files, with more of them.
    private func environment(_ more: [String: String] = [:]) -> AWSEnvironment {
        .fixed(
            [
                "AWS_SHARED_CREDENTIALS_FILE": folder.file("credentials"), "AWS_CONFIG_FILE": folder.file("config"),
                "AWS_EC2_METADATA_DISABLED": "true",
            ].merging(more) { $1 })
    }

    private func write(credentials: String? = nil, config: String? = nil) throws {
        if let credentials { try folder.write(Array(credentials.utf8), to: "credentials") }
        if let config { try folder.write(Array(config.utf8), to: "config") }
    }

    private func find(_ variables: [String: String] = [:]) async throws -> AWSCredentials {
        try await find(in: environment(variables))
    }

    private func find(in environment: AWSEnvironment) async throws -> AWSCredentials {
        try await AWSKMS(AWSKMSConfiguration(region: "us-east-1", environment: environment)).credentials()
    }

    /// The error's sentence, which never has a secret in it.
    private func refusal(_ variables: [String: String] = [:]) async -> String {
        let error = await #expect(throws: KMSError.self) { _ = try await find(variables) }
        let sentence = error?.message ?? ""
        #expect(!sentence.contains(secret) && !sentence.contains("\n"))
        #expect(sentence.first?.isUppercase != true || sentence.hasPrefix("AWS_"))
        return sentence
    }

    private var keys: String { "aws_access_key_id = AKIAFILE\naws_secret_access_key = \(secret)\n" }

    @Test func `the environment comes before the files`() async throws {
        try write(credentials: "[default]\n" + keys)
        let found = try await find([
            "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
        ])
        #expect(found.accessKeyID == "AKIAENV" && found.secretAccessKey.text == "s" && found.sessionToken?.text == "t")
        #expect(found.source == "the environment")
    }

    @Test func `the credentials file comes before the config file`() async throws {
        try write(config: "[default]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = c")
        #expect(try await find().accessKeyID == "AKIACONFIG")
        try write(credentials: "[default]\n" + keys + "aws_session_token = t")
        let found = try await find()
        #expect(found.accessKeyID == "AKIAFILE" && found.secretAccessKey.text == secret)
        #expect(found.sessionToken?.text == "t")
        #expect(found.source == "profile default of \(folder.file("credentials"))")
    }

    @Test func `AWS_PROFILE chooses the profile`() async throws {
        try write(credentials: "[default]\naws_access_key_id = X\n[p]\n" + keys, config: "[profile q]\n" + keys)
        for profile in ["p", "q"] { #expect(try await find(["AWS_PROFILE": profile]).accessKeyID == "AKIAFILE") }
    }

    @Test func `the files lie in the home folder where nothing else is said`() async throws {
        try FileManager.default.createDirectory(atPath: folder.file(".aws"), withIntermediateDirectories: false)
        try folder.write(Array(("[default]\n" + keys).utf8), to: ".aws/credentials")
        let home = AWSEnvironment.fixed(["HOME": folder.path])
        #expect(try await find(in: home).accessKeyID == "AKIAFILE")
        let tilde = AWSEnvironment.fixed(["HOME": folder.path, "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"])
        #expect(try await find(in: tilde).accessKeyID == "AKIAFILE")
    }

    @Test func `half a key in the environment is an error, whatever the files have`() async throws {
        try write(credentials: "[default]\n" + keys)
        #expect(
            await refusal(["AWS_ACCESS_KEY_ID": "AKIAENV"])
                == "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both or neither")
        #expect(
            await refusal(["AWS_SECRET_ACCESS_KEY": secret, "AWS_ACCESS_KEY_ID": ""])
                == "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not; set both or neither")
    }

    @Test(arguments: [
        ("aws_access_key_id = A", "aws_secret_access_key"), ("aws_secret_access_key = s", "aws_access_key_id"),
    ])
    func `half a key in a file is an error, whatever the other file has`(_ line: String, _ missing: String) async throws
    {
        try write(credentials: "[default]\n" + line, config: "[default]\n" + keys)
        #expect(await refusal() == "profile default of \(folder.file("credentials")) has no \(missing); add it")
    }

    @Test func `a profile that nobody has is named`() async throws {
        try write(credentials: "[default]\n" + keys)
        let files = "\(folder.file("credentials")), \(folder.file("config"))"
        #expect(
            await refusal(["AWS_PROFILE": "nobody"])
                == "AWS_PROFILE names the profile nobody, which is in none of \(files); check its name")
    }

    @Test func `where nothing is found it is said where that was looked for`() async throws {
        let sentence = await refusal()
        #expect(
            sentence.hasPrefix("no AWS credentials: AWS_ACCESS_KEY_ID is not set, and profile default has no keys in "))
        #expect(sentence.contains(folder.file("credentials")) && sentence.contains(folder.file("config")))
        #expect(sentence.hasSuffix("; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"))
        let homeless = await #expect(throws: KMSError.self) {
            _ = try await find(in: .fixed(["AWS_EC2_METADATA_DISABLED": "true"]))
        }
        #expect(homeless?.message.contains("any file (HOME is not set)") == true)
    }

    @Test func `a file that cannot be read is an error`() async throws {
        try FileManager.default.createDirectory(atPath: folder.file("credentials"), withIntermediateDirectories: false)
        #expect(await refusal().hasPrefix("\(folder.file("credentials")) cannot be read: "))
    }

    @Test(arguments: ["a b", "a\r\nX-Evil: 1", "a\nb", "é", "a\0b", "\u{7f}"])
    func `nothing that would add a header field is taken for a credential`(_ value: String) async throws {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let good = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
            #expect(await refusal(good.merging([name: value]) { $1 }).contains("of the environment"))
        }
        #expect(throws: AWSCredentialsError.self) { try AWSCredentials.made("", "s") }
        #expect(throws: AWSCredentialsError.self) { try AWSCredentials.made("A", "") }
        #expect(throws: AWSCredentialsError.self) { try AWSCredentials.made("A/B", "s") }
    }

    @Test func `an access key's id is shown whole only where it looks like one`() throws {
        #expect(try AWSCredentials.made("AKIAIOSFODNN7EXAMPLE", "s").shownID == "AKIAIOSFODNN7EXAMPLE")
        #expect(try AWSCredentials.made("wJalrXUtnFEMIK7MDENG", "s").shownID == "of unusual form")
    }

    @Test func `credentials are equal where all parts are`() throws {
        let one = try AWSCredentials.made("A", "s", "t")
        #expect(one.isEqual(to: try .made("A", "s", "t")))
        for other in [
            try AWSCredentials.made("B", "s", "t"), try .made("A", "r", "t"), try .made("A", "s", "u"),
            try .made("A", "s"),
        ] {
            #expect(!one.isEqual(to: other) && !other.isEqual(to: one))
        }
    }
}
