import KMSAudit
import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

/// The KMS, or the audit log before it, fails at one call after another: nothing is half done.
@Suite struct KMSFailureTests {
    @Test(arguments: [true, false], [KeyStoreOptions.DataKeySource.kms, .local])
    func `a vault is not made when any call fails, and is made when asked again`(
        createsKey: Bool, source: KeyStoreOptions.DataKeySource
    ) async throws {
        let options = KeyStoreOptions.quiet.with { $0.dataKeySource = source }
        // Creating and describing the wrapper key, and the integrity key. Its unwrap comes when the vault stands.
        for call in 1...(createsKey ? 3 : 2) {
            let fixture = try Fixture()
            let key = createsKey ? nil : try await fixture.makeWrapperKey()
            let before = try fixture.folderBytes().keys.sorted()
            fixture.kms.fail(call: call)
            let error = await #expect(throws: VaultError.self) { try await fixture.create(under: key, options) }
            #expect(error?.code.rawValue == "kms-unavailable" && error?.isRetryable == true)
            #expect(error?.hint?.contains("arn:aws:kms:") == (createsKey && call > 1 ? true : nil))
            #expect(try fixture.folderBytes().keys.sorted() == before)
            try await fixture.create(under: key, options).close()
        }
    }

    @Test func `a vault that cannot be opened after it was made is there, and opens later`() async throws {
        let fixture = try Fixture()
        fixture.kms.fail(call: 4)
        let error = await #expect(throws: VaultError.self) { try await fixture.create() }
        #expect(error?.code.rawValue == "kms-unavailable")
        let store = try await fixture.open()
        #expect(try await store.signs(with: store.generate()))
    }

    @Test func `a key is not made when its data key cannot be, and the vault stays as it was`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let before = try fixture.dump()
        fixture.kms.fail(call: 1)
        await #expect(throws: VaultError.of("kms-unavailable")) { try await store.generate() }
        #expect(try fixture.dump() == before)
        let key = try await store.generate()
        store.purge()
        fixture.kms.fail(call: 1, with: .throttled)
        await #expect(throws: VaultError.of("throttled")) { try await store.signs(with: key) }
        #expect(try await store.signs(with: key))
        #expect(try await store.verify().isPassed)
    }

    @Test func `keys in the cache work without the KMS, others say why not`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        #expect(try await store.signs(with: key))
        fixture.kms.fail(Set(KMSOperation.allCases))
        #expect(try await store.signs(with: key))
        #expect(try await store.keys() == [key])
        #expect(try await store.signs(with: store.generate()))
        store.purge()
        await #expect(throws: VaultError.of("kms-unavailable")) { try await store.signs(with: key) }
        await #expect(throws: VaultError.of("kms-unavailable")) { try await store.verify() }
        await #expect(throws: VaultError.of("kms-unavailable")) { try await fixture.open() }
    }

    @Test func `a disabled wrapper key is told as such and changes nothing`() async throws {
        let fixture = try Fixture()
        let wrapperKey = try await fixture.makeWrapperKey()
        let store = try await fixture.create(under: wrapperKey)
        let key = try await store.generate()
        store.purge()
        try fixture.local.disableKey(wrapperKey)
        let before = try fixture.dump()
        for call in [
            { _ = try await store.signs(with: key) }, { _ = try await store.generate() },
            { _ = try await store.rewrap(to: .currentKey) }, { _ = try await fixture.open() },
        ] as [@Sendable () async throws -> Void] {
            await #expect(throws: VaultError.of("wrapper-key-disabled")) { try await call() }
        }
        #expect(try fixture.dump() == before)
        try fixture.local.enableKey(wrapperKey)
        #expect(try await store.signs(with: key))
    }

    @Test func `every call is audited before and after it is made`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        store.purge()
        _ = try await store.signs(with: key)
        _ = try await store.rewrap(to: .key(try await fixture.makeWrapperKey()))
        #expect(fixture.sink.lines.count == 2 * fixture.kms.calls.count)
        #expect(fixture.sink.lines.filter { $0.contains("Sending request") }.count == fixture.kms.calls.count)
    }

    @Test func `what cannot be audited is not done`() async throws {
        let fixture = try Fixture()
        fixture.sink.refuse(after: 0)
        await #expect(throws: VaultError.of("audit-unavailable")) { try await fixture.create() }
        #expect(fixture.kms.calls.isEmpty)
        fixture.sink.refuse(after: nil)

        let store = try await fixture.create()
        let key = try await store.generate()
        let target = try await fixture.makeWrapperKey()
        store.purge()
        fixture.kms.forgetCalls()
        let before = try fixture.dump()
        // Before the call, and instead of its answer.
        for lines in [0, 1] {
            fixture.sink.refuse(after: lines)
            await #expect(throws: VaultError.of("audit-unavailable")) { try await store.signs(with: key) }
            fixture.sink.refuse(after: lines)
            await #expect(throws: VaultError.of("audit-unavailable")) { try await store.generate() }
            fixture.sink.refuse(after: lines)
            await #expect(throws: VaultError.of("audit-unavailable")) { try await store.rewrap(to: .key(target)) }
            #expect(fixture.kms.calls.count == 3 * lines)
            #expect(try fixture.dump() == before)
        }
        fixture.sink.refuse(after: nil)
        #expect(try await store.signs(with: key))
    }

    @Test func `with an audit file that cannot be written nothing happens`() async throws {
        let fixture = try Fixture()
        let kms = fixture.audited(by: try AuditFile(path: "/nowhere/audit.log"))
        await #expect(throws: VaultError.of("audit-unavailable")) {
            try await KeyStore.create(at: fixture.path, node: "participants.p", kms: kms, options: .quiet)
        }
        #expect(fixture.kms.calls.isEmpty)
        await #expect(throws: VaultError.of("vault-missing")) { try await fixture.open() }
    }
}
