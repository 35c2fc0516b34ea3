import Foundation
import KMSConformance
import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct SharedFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func section(
        _ content: String, of profile: String = "default", kind: SharedFile.Kind = .credentials
    ) throws -> ProfileSection? {
        try folder.write(Array(content.utf8), to: "file")
        return try SharedFile(path: folder.file("file"), kind: kind).section(of: profile)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `keys are read, whatever ends the lines`(_ end: String) throws {
        let lines = [
            "# a comment", "; another", "[other]", "aws_access_key_id = WRONG", "", "[default]",
            "# aws_access_key_id=NO",
            "AWS_Access_Key_ID=AKIA1", "aws_secret_access_key =  a/b+c= ", "\taws_session_token = no key of its own",
            "", "aws_session_token=t t #c", "region = x", "[another]", "aws_access_key_id = WRONG",
        ]
        let found = try #require(try section(lines.joined(separator: end)))
        #expect(found.accessKeyID == "AKIA1")
        #expect(found.secretAccessKey?.text == "a/b+c=")
        #expect(found.sessionToken?.text == "t t")
        #expect(found.keys.contains("region"))
    }

    @Test func `a mark of UTF-8 at the beginning is no part of the first section's name`() throws {
        #expect(try section("\u{feff}[default]\naws_access_key_id = A")?.accessKeyID == "A")
    }

    @Test func `what is further in than a key belongs to it`() throws {
        let content =
            "[default]\n  aws_access_key_id = A\n  aws_secret_access_key = s\n  s3 =\n    role_arn = x\n  region = r"
        let found = try #require(try section(content))
        #expect(found.accessKeyID == "A" && found.secretAccessKey?.text == "s")
        #expect(found.keys.contains("region") && !found.keys.contains("role_arn"))
    }

    @Test(arguments: [
        (SharedFile.Kind.credentials, "[p]"), (.credentials, "[ p ]"), (.config, "[profile p]"),
        (.config, "[profile \"p\"]"), (.config, "[profile   p]"), (.config, "[ profile p ]"),
    ])
    func `a section is named as its file's kind has it`(_ kind: SharedFile.Kind, _ header: String) throws {
        #expect(try section(header + "\naws_access_key_id=A", of: "p", kind: kind)?.accessKeyID == "A")
    }

    @Test(arguments: [
        (SharedFile.Kind.credentials, "[profile p]"), (.config, "[p]"), (.config, "[sso-session p]"),
        (.config, "[profile]"),
        (.config, "[services p]"), (.credentials, "p]"), (.credentials, "[p"), (.credentials, "#[p]"),
        (.credentials, "[P]"),
    ])
    func `other sections are no profiles`(_ kind: SharedFile.Kind, _ header: String) throws {
        #expect(try section(header + "\naws_access_key_id=A", of: "p", kind: kind) == nil)
    }

    @Test func `a file that is missing has no sections, one that cannot be read is an error`() throws {
        func section(_ path: String) throws -> ProfileSection? {
            try SharedFile(path: path, kind: .config).section(of: "default")
        }
        #expect(try section(folder.file("none")) == nil)
        #expect(try section("/dev/null/none") == nil)
        for path in [folder.path, "/dev/zero"] {
            let error = #expect(throws: AWSCredentialsError.self) { try section(path) }
            #expect(error?.description.hasPrefix("\(path) cannot be read: ") == true)
        }
        try folder.write([UInt8](repeating: 0x20, count: 262_145), to: "large")
        let error = #expect(throws: AWSCredentialsError.self) { try section(folder.file("large")) }
        #expect(error?.description.contains("262144 are the most") == true)
    }

    @Test func `any bytes are read to their end, and no further`() throws {
        var random = SeededGenerator(state: 8)
        let pieces = [
            "[", "]", "default", "profile", " ", "\t", "\n", "\r", "=", "#", ";", ":", "aws_access_key_id", "\0", "é",
        ]
        for _ in 0..<200 {
            let content = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            _ = try section(content.joined(), kind: .config)
        }
    }

    @Test func `profiles are what botocore finds`() async throws {
        var random = SeededGenerator(state: 9)
        func one(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }
        let samples = (0..<150).map { _ in ProfileSample(&random) }
        let theirs = try #require(try await ChildServer.run("parse_profiles.py", on: samples.map(\.order)) as? [[Any]])
        var compared = 0
        for (sample, answers) in zip(samples, theirs) {
            try folder.write(Array(sample.content.utf8), to: "file")
            let file = SharedFile(path: folder.file("file"), kind: sample.kind)
            for (profile, found) in zip(ProfileSample.profiles, answers) where found as? String != "refused" {
                let ours = try file.section(of: profile)
                let expected = found as? [String: Any]
                #expect((ours == nil) == (expected == nil), "\(profile) of \(sample.order)")
                guard let ours, let expected else { continue }
                compared += 1
                func text(_ key: String) -> String? {
                    // botocore adds lines that belong to a key to its value, with which it is no credential.
                    (expected[key] as? String).map { String($0.prefix { $0 != "\n" }) }.flatMap {
                        $0.isEmpty ? nil : $0
                    }
                }
                #expect(ours.accessKeyID == text("aws_access_key_id"), "\(profile) of \(sample.order)")
                #expect(ours.secretAccessKey?.text == text("aws_secret_access_key"), "\(profile) of \(sample.order)")
                #expect(ours.keys.contains("region") == (text("region") != nil), "\(profile) of \(sample.order)")
            }
        }
        #expect(compared > 150, "only \(compared) profiles were found by both")
    }
}

extension SecretBox {
    /// What a test put there.
    var text: String {
        secret.withExposedBytes { span in span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    }
}
