import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct CredentialProcessTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func find(
        _ command: String, operation: Duration = .seconds(300)
    ) async throws -> AWSCredentials {
        try folder.write(Array("[default]\ncredential_process = \(command)".utf8), to: "config")
        let variables = [
            "PATH": "/usr/bin:/bin", "AWS_CONFIG_FILE": folder.file("config"),
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        ]
        let timeouts = AWSKMSConfiguration.Timeouts(operation: operation)
        return try await AWSKMS(
            AWSKMSConfiguration(region: "us-east-1", timeouts: timeouts, environment: .fixed(variables))
        ).credentials()
    }

    /// Why a command gives no credentials, without the part that names the file.
    private func refusal(_ command: String, operation: Duration = .seconds(300)) async -> KMSError? {
        await #expect(throws: KMSError.self) { _ = try await find(command, operation: operation) }
    }

    /// A script that writes `text` to its standard output, and what it should not say to the other.
    private func script(_ text: String, then end: String = "") throws -> String {
        try folder.write(Array(text.utf8), to: "output")
        let path = folder.file("script")
        let lines = "#!/bin/sh\necho a secret >&2\ncat \(folder.file("output"))\n\(end)\n"
        try Data(lines.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        return path
    }

    @Test func `what the program writes is read`() async throws {
        let json =
            #"{"Version": 1, "AccessKeyId": "AKIAP", "SecretAccessKey": "a\/b+c\u003d", "SessionToken": "t\\\"", "#
            + #""Expiration": "2099-01-31T01:00:00+01:00", "Other": [1]}"#
        let found = try await find(try script(json))
        #expect(found.accessKeyID == "AKIAP" && found.secretAccessKey.text == "a/b+c=")
        #expect(found.sessionToken?.text == #"t\""# && found.expiryInSecondsSince1970 == 4_073_500_800)
        #expect(
            found.source
                == "the credential_process of profile default of \(folder.file("config"))")
        let forever = try await find(try script(#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"}"#))
        #expect(forever.expiryInSecondsSince1970 == nil && forever.sessionToken == nil)
    }

    @Test(arguments: [
        ("", "no JSON object"), ("[]", "no JSON object"), ("{", "no JSON object"), ("{} {}", "no JSON object"),
        (#"{"AccessKeyId":"A","SecretAccessKey":"s"}"#, "no Version = 1"),
        (#"{"Version":2,"AccessKeyId":"A","SecretAccessKey":"s"}"#, "no Version = 1"),
        (#"{"Version":"1","AccessKeyId":"A","SecretAccessKey":"s"}"#, "no Version = 1"),
        (#"{"Version":1,"SecretAccessKey":"s"}"#, "no AccessKeyId"),
        (#"{"Version":1,"AccessKeyId":"A"}"#, "no SecretAccessKey"),
        (#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"é"}"#, "no SecretAccessKey"),
        (
            #"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"soon"}"#,
            "an Expiration that is no date"
        ),
    ])
    func `what is no credentials is refused`(_ text: String, _ what: String) async throws {
        let message = await refusal(try script(text))?.message
        #expect(message?.hasSuffix(" answers with \(what); check it") == true, "\(message ?? "")")
    }

    @Test func `how a program fails is told, and nothing that it says`() async throws {
        let path = try script("{}", then: "exit 3")
        #expect(await refusal(path)?.message.hasSuffix(" ended with status 3; run it by hand to see why") == true)
        let killed = try script("{}", then: "kill -9 $$")
        #expect(await refusal(killed)?.message.contains(" ended with signal 9; ") == true)
        let missing = await refusal("/none/program")
        #expect(missing?.message.contains(" cannot be started: no such file or directory; ") == true)
        #expect(await refusal("'open")?.message.contains(" is no command: ") == true)
        let endless = await refusal("cat /dev/zero")
        #expect(endless?.message.hasSuffix(" writes more than credentials; check it") == true)
    }

    @Test(arguments: ["sleep 60", "exec >/dev/null; sleep 60"])
    func `a program that does not end is ended, with what it has started`(_ end: String) async throws {
        let (started, left) = (folder.file("started"), folder.file("left"))
        // Longer on a machine that is too busy to start it in time.
        for seconds in [2, 8, 32] {
            let child = "(touch \(started); sleep \(seconds + 2); touch \(left)) &\n\(end)"
            let path = try script("{}", then: child)
            #expect(await refusal(path, operation: .seconds(seconds))?.code == .timedOut)
            guard FileManager.default.fileExists(atPath: started) else { continue }
            try await Task.sleep(for: .seconds(seconds + 3))
            #expect(!FileManager.default.fileExists(atPath: left))
            return
        }
        Issue.record("the program never started")
    }

    @Test func `no shell reads the command`() async throws {
        let json = #"{\"Version\":1,\"AccessKeyId\":\"$HOME;AKIA\",\"SecretAccessKey\":\"s\"}"#
        #expect(try await find("printf '%s' \"\(json)\"").accessKeyID == "$HOME;AKIA")
    }

    @Test func `a command has the words that Python's shlex finds`() async throws {
        var random = SeededGenerator(state: 5)
        let pieces = ["a", "b c", "'", "\"", "\\", " ", "\t", "\\\"", "\\\\", "$x", "é", "''", "\"\"", "#"]
        let commands = (0..<400).map { _ in
            (0..<Int.random(in: 0...10, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
        }
        let theirs = try #require(try await ChildServer.run("split_commands.py", on: commands) as? [Any])
        for (command, words) in zip(commands, theirs) {
            #expect(CommandWords.split(command) == words as? [String], "\(command)")
        }
    }
}
