import KMSAudit
import KMSConformance
import KeyManagement
import Testing

@testable import NodeVault

/// The audit log of a vault that is open while its configuration changes.
@Suite struct AuditReloadTests {
    private static let audit = "private-key-store.audit"

    /// A vault that was opened by a configuration, and logs into `kms.log`.
    private static func vault(_ lines: String) async throws -> (ConfigurationFixture, KeyStore) {
        let fixture = try ConfigurationFixture(crypto: lines)
        let surroundings = VaultConfiguration.Surroundings(
            environment: ["KMS_LOG_FILE_NAME": fixture.folder.file("kms.log")],
            logger: KeyStoreOptions.quiet.logger)
        return (fixture, try await KeyStore.create(try fixture.load(), surroundings).keys)
    }

    @Test func `calls are logged, and not, as the reload says`() async throws {
        let (fixture, store) = try await Self.vault("kms.audit-logging = off")
        #expect(try fixture.lines("kms.log").isEmpty)
        try fixture.write(crypto: "kms.audit-logging = on")
        let reload = ConfigurationReload(applied: ["kms.audit-logging"], needsRestart: [])
        #expect(try store.reload(try fixture.load()) == reload)
        _ = try await store.generate()
        let logged = try fixture.lines("kms.log").count
        #expect(logged > 0 && logged % 2 == 0)
        try fixture.write(crypto: "kms.audit-logging = off")
        #expect(try store.reload(try fixture.load()) == reload)
        store.purge()
        _ = try await store.generate()
        #expect(try fixture.lines("kms.log").count == logged)
    }

    @Test func `a log that cannot be written stops calls or not, as the reload says`() async throws {
        let fixture = try ConfigurationFixture(crypto: "kms.audit-logging = on")
        var surroundings = VaultConfiguration.Surroundings(
            environment: [:], logger: KeyStoreOptions.quiet.logger)
        let sink = RecordingSink()
        surroundings.auditSink = sink
        let store = try await KeyStore.create(try fixture.load(), surroundings).keys
        let key = try await store.generate()
        sink.refuse(after: 0)
        store.purge()
        await #expect(throws: VaultError.of("audit-unavailable")) { try await store.signs(with: key) }
        try fixture.write(crypto: "kms.audit-logging = on, \(Self.audit).on-failure = continue")
        #expect(try store.reload(try fixture.load()).applied == ["\(Self.audit).on-failure"])
        #expect(try await store.signs(with: key))
        try fixture.write(crypto: "kms.audit-logging = on")
        try store.reload(try fixture.load())
        store.purge()
        await #expect(throws: VaultError.of("audit-unavailable")) { try await store.signs(with: key) }
    }

    @Test func `layout and second file are those of the reload, and no line is lost`() async throws {
        let (fixture, store) = try await Self.vault("kms.audit-logging = on")
        let before = try fixture.lines("kms.log").count
        try fixture.write(
            crypto: "kms.audit-logging = on", "\(Self.audit) { format = json, sync = on, second-file = second.log }")
        let changed = ["format", "sync", "second-file"].map { "\(Self.audit).\($0)" }
        #expect(
            try store.reload(try fixture.load()) == ConfigurationReload(applied: changed, needsRestart: []))
        store.purge()
        _ = try await store.generate()
        let lines = try fixture.lines("kms.log")
        #expect(lines[..<before].allSatisfy { !$0.hasPrefix("{") })
        #expect(lines.count > before && lines[before...].allSatisfy { $0.hasPrefix("{") })
        #expect(try fixture.lines("second.log") == Array(lines[before...]))
        try await store.close()
    }

    @Test func `settings that cannot be change nothing`() async throws {
        let fixture = try ConfigurationFixture(crypto: "kms.audit-logging = off")
        let quiet = VaultConfiguration.Surroundings(environment: [:], logger: KeyStoreOptions.quiet.logger)
        let store = try await KeyStore.create(try fixture.load(), quiet).keys
        try fixture.write(crypto: "kms.audit-logging = on, private-key-store.cache.capacity = 9")
        #expect(throws: VaultError.of(.configuration)) { try store.reload(try fixture.load()) }
        #expect(store.options.cacheCapacity == 1024)
        try fixture.write(crypto: "private-key-store.cache.capacity = 9")
        #expect(try store.reload(try fixture.load()).applied == ["private-key-store.cache.capacity"])
    }
}
