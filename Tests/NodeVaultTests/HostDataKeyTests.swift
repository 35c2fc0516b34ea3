import EnvelopeCrypto
import KMSConformance
import KeyManagement
import SecretMemory
import Testing
import VaultStorage

@testable import NodeVault

@Suite struct HostDataKeyTests {
    @Test func `a data key of the node's own comes back, after the store was opened again too`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let id = try UUIDBytes.random()
        let (dataKey, wrapped) = try await store.makeDataKey(id: id)
        let given = SecretBox(try SecretBytes.random(count: 4096))
        let wrappedGiven = try await store.wrap(given, id: id)
        try await store.close()

        let opened = try await fixture.open()
        for (original, wrapped) in [(dataKey, wrapped), (given, wrappedGiven)] {
            let unwrapped = try await opened.unwrap(wrapped, id: id)
            #expect(unwrapped.holdsTheSame(as: original))
        }
    }

    @Test func `it opens under its own id only, and in its own vault`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let id = try UUIDBytes.random()
        let (_, wrapped) = try await store.makeDataKey(id: id)
        let other = try UUIDBytes.random()
        await #expect(throws: VaultError.of("invalid-ciphertext")) { try await store.unwrap(wrapped, id: other) }
        try await store.close()

        let second = try Fixture(folder: fixture.folder)
        let stranger = try await KeyStore.create(
            at: fixture.folder.file("second"), node: "participants.p", kms: second.audited, options: .quiet
        ).keys
        await #expect(throws: VaultError.of("invalid-ciphertext")) { try await stranger.unwrap(wrapped, id: id) }
    }

    @Test func `no data key of the vault's own can be unwrapped so`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        _ = try await store.generate()
        let authenticator = store.authenticator
        let rows = try await store.database.read { db in
            try VaultReader(db, authenticator: authenticator).all(DataKeyRow.self)
        }
        let row = try #require(rows.first)
        let wrapped = WrappedDataKey(
            ciphertext: row.wrapped, wrapperKey: try #require(WrapperKeyID(rawValue: row.wrapperKey)),
            keyMaterialID: nil)
        await #expect(throws: VaultError.of("invalid-ciphertext")) { try await store.unwrap(wrapped, id: row.id) }
    }

    @Test(arguments: [0, 4097]) func `what a KMS does not wrap is refused before it is asked`(count: Int) async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let secret = SecretBox(try SecretBytes(zeroedCount: count))
        let id = try UUIDBytes.random()
        let calls = fixture.kms.calls.count
        await #expect(throws: VaultError.of(.invalidArgument)) { try await store.wrap(secret, id: id) }
        #expect(fixture.kms.calls.count == calls)
    }

    @Test func `a clear vault wraps nothing`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.createClear()
        let id = try UUIDBytes.random()
        await #expect(throws: VaultError.of(.notEncrypted)) { try await store.makeDataKey(id: id) }
    }

    @Test func `a wrapper key of an account that is not trusted is not asked`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let id = try UUIDBytes.random()
        let (_, wrapped) = try await store.makeDataKey(id: id)
        try await store.close()
        var options = KeyStoreOptions.quiet
        options.trust = WrapperKeyTrust(pinned: nil, accounts: [LocalKMS.account])
        let opened = try await fixture.open(options)
        let elsewhere = WrappedDataKey(
            ciphertext: wrapped.ciphertext,
            wrapperKey: try #require(WrapperKeyID(rawValue: "arn:aws:kms:us-east-1:999988887777:key/1")),
            keyMaterialID: nil)
        await #expect(throws: VaultError.of(.untrustedAccount)) { try await opened.unwrap(elsewhere, id: id) }
    }
}

extension SecretBox {
    fileprivate func holdsTheSame(as other: SecretBox) -> Bool { secret.isEqual(to: other.secret) }
}
