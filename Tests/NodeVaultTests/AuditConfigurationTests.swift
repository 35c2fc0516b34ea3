import Foundation
import HOCON
import KMSAudit
import KMSConformance
import KeyManagement
import Testing

@testable import NodeVault

/// Which audit settings are taken, which are refused, and what comes before what.
@Suite struct AuditConfigurationTests {
    private static let logging = "kms.audit-logging = true"
    private static let audit = "private-key-store.audit"

    /// A program without an environment, whose own log tells nobody of lines that are not written.
    private static func surroundings(_ environment: [String: String] = [:]) -> VaultConfiguration.Surroundings {
        .init(environment: environment, logger: KeyStoreOptions.quiet.logger)
    }

    @Test func `the keys of the audit log are decoded`() throws {
        let fixture = try ConfigurationFixture(
            crypto: "\(Self.audit) { format = json, sync = on, chain = off, second-file = logs/second.log }")
        let audit = try fixture.load().audit
        #expect(audit.format == .json && audit.syncs == true)
        #expect(audit.secondFileName == "\(fixture.folder.path)/logs/second.log")
        #expect(try ConfigurationFixture(crypto: "").load().audit == AuditSettings())
    }

    @Test func `the chain is refused by this version`() throws {
        let problems = try ConfigurationFixture(crypto: "\(Self.audit).chain = on").check().problems
        #expect(problems.count == 1 && problems.first?.origin?.line == 4)
        #expect(problems.first?.message == "\(Self.audit).chain = on is not supported by this version")
    }

    @Test(arguments: [Self.logging, "\(Self.logging), \(Self.audit).on-failure = refuse"])
    func `to refuse needs a file, or a sink that tells of failures`(_ lines: String) async throws {
        let fixture = try ConfigurationFixture(crypto: lines)
        let problems = fixture.check().problems
        #expect(problems.map(\.severity) == [.error] && problems.first?.origin?.line == 4)
        #expect(problems.first?.hint.contains("KMS_LOG_FILE_NAME") == true)
        let error = await #expect(throws: VaultError.of(.configuration)) {
            try await KeyStore.create(try fixture.load(), Self.surroundings())
        }
        #expect(error?.hint == problems.first?.hint)
        #expect(try fixture.names == ["node.conf"])

        #expect(fixture.check(environment: ["KMS_LOG_FILE_NAME": "kms.log"]).problems.isEmpty)
        var own = Self.surroundings()
        own.auditSink = RecordingSink()
        try await KeyStore.create(try fixture.load(), own).keys.close()
        // What holds by this program's sink is told for others.
        let others = ConfigurationCheck(files: [fixture.file], auditSink: RecordingSink())
        #expect(others.isPassed && others.problems.map(\.severity) == [.warning])
    }

    @Test(arguments: ["\(Self.logging), \(Self.audit).on-failure = continue", "kms.audit-logging = false", ""])
    func `who does not refuse needs no file`(_ lines: String) async throws {
        let fixture = try ConfigurationFixture(crypto: lines)
        #expect(fixture.check().problems.isEmpty)
        try await KeyStore.create(try fixture.load(), Self.surroundings()).keys.close()
    }

    @Test func `a node without encryption calls no KMS, and has nothing to log`() throws {
        let fixture = try ConfigurationFixture(
            "canton.participants.p.crypto.kms { type = aws, region = us-east-1, audit-logging = true }")
        #expect(fixture.check().problems.isEmpty)
    }

    @Test(arguments: [
        ("KMS_LOG_FILE_HISTORY", "many"), ("KMS_LOG_FILE_ROLLING_PATTERN", "dd"),
        ("KMS_LOG_IMMEDIATE_FLUSH", "perhaps"),
    ])
    func `a variable that cannot be is an error of the configuration`(_ name: String, _ value: String) async throws {
        let fixture = try ConfigurationFixture(crypto: "")
        let problems = fixture.check(environment: [name: value]).problems
        #expect(problems.count == 1 && problems.first?.message.contains(name) == true)
        let error = await #expect(throws: VaultError.of(.configuration)) {
            try await KeyStore.create(try fixture.load(), Self.surroundings([name: value]))
        }
        #expect(error?.message.contains(name) == true)
    }

    @Test func `a second file without a first one is refused where it is written`() throws {
        let fixture = try ConfigurationFixture(crypto: "", "\(Self.audit).second-file = second.log")
        let problems = fixture.check().problems
        #expect(problems.map(\.severity) == [.error] && problems.first?.origin?.line == 5)
        #expect(fixture.check(environment: ["KMS_LOG_FILE_NAME": "kms.log"]).isPassed)
    }

    @Test func `the program comes before the environment, and that before the configuration`() async throws {
        let fixture = try ConfigurationFixture(
            crypto: Self.logging, "\(Self.audit) { format = json, second-file = second.log }")
        var surroundings = Self.surroundings(["KMS_LOG_FILE_NAME": fixture.folder.file("environment.log")])
        try await KeyStore.create(try fixture.load(), surroundings).keys.close()
        surroundings.auditSettings.fileName = fixture.folder.file("program.log")
        surroundings.auditSettings.format = .text
        try await KeyStore.open(try fixture.load(), surroundings).close()
        let (first, then) = (try fixture.lines("environment.log"), try fixture.lines("program.log"))
        #expect(!first.isEmpty && first.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        #expect(then.count == 2 && then.allSatisfy { $0.contains("participant=p tid:") })
        #expect(try fixture.lines("second.log") == first + then)
    }

    @Test func `closing writes what was kept back`() async throws {
        let fixture = try ConfigurationFixture(crypto: Self.logging)
        let path = fixture.folder.file("kms.log")
        let surroundings = Self.surroundings(["KMS_LOG_FILE_NAME": path, "KMS_LOG_IMMEDIATE_FLUSH": "false"])
        let store = try await KeyStore.create(try fixture.load(), surroundings).keys
        try await store.close()
        #expect(try fixture.lines("kms.log").count == 8)
    }

    @Test func `what cannot be written in the end is told, and the vault is closed all the same`() async throws {
        let (fixture, logs) = (try ConfigurationFixture(crypto: Self.logging), try TemporaryFolder())
        let environment = ["KMS_LOG_FILE_NAME": logs.file("kms.log"), "KMS_LOG_IMMEDIATE_FLUSH": "false"]
        let store = try await KeyStore.create(try fixture.load(), Self.surroundings(environment)).keys
        try FileManager.default.removeItem(atPath: logs.path)
        let error = await #expect(throws: VaultError.of("audit-unavailable")) { try await store.close() }
        #expect(error?.message.contains("kms.log") == true)
        await #expect(throws: VaultError.of(.closed)) { try await store.generate() }
        #expect(!(try fixture.names).contains("p.vault-wal"))
    }
}
