import KMSConformance
import KeyManagement
import Testing

@testable import NodeVault

@Suite struct TrustTests {
    private static let foreign = "111111111111"

    private static func trusting(_ pinned: WrapperKeyID?, _ accounts: Set<String> = []) -> KeyStoreOptions {
        .quiet.with { $0.trust = WrapperKeyTrust(pinned: pinned, accounts: accounts) }
    }

    @Test func `a wrapper key of another account makes no vault, pinned by ARN or by trusted accounts`() async throws {
        let fixture = try Fixture()
        let key = try await fixture.makeWrapperKey()
        fixture.kms.tell(.account(Self.foreign))
        for options in [Self.trusting(key), Self.trusting(nil, [LocalKMS.account])] {
            await #expect(throws: VaultError.of(.untrustedAccount)) { try await fixture.create(under: key, options) }
        }
        #expect(!fixture.kms.calls.contains(.generateDataKey))
        await #expect(throws: VaultError.of("vault-missing")) { try await fixture.open() }
    }

    @Test func `a wrapper key that was made in another account is refused by name`() async throws {
        let fixture = try Fixture()
        fixture.kms.tell(.account(Self.foreign))
        let error = await #expect(throws: VaultError.self) {
            try await fixture.create(Self.trusting(nil, [LocalKMS.account]))
        }
        #expect(error?.code == .untrustedAccount && error?.hint?.contains("arn:aws:kms:") == true)
        #expect(fixture.kms.calls == [.createKey])
    }

    @Test func `trusting the pinned key's account or the account by name makes a vault`() async throws {
        for isPinned in [true, false] {
            let fixture = try Fixture()
            let key = try await fixture.makeWrapperKey()
            let bare = try #require(key.keyID.flatMap(WrapperKeyID.init))
            for (name, options) in [
                (key, isPinned ? Self.trusting(key) : Self.trusting(nil, [LocalKMS.account, Self.foreign])),
                (bare, Self.trusting(bare)),
            ] {
                let other = try Fixture(folder: fixture.folder)
                let path = fixture.folder.file("vault-\(name.rawValue.count)")
                let made = try await KeyStore.create(
                    at: path, node: "participants.p", kms: other.audited, wrapperKey: name, options: options)
                let stored = try await made.keys.generate()
                #expect(try await made.keys.signs(with: stored))
            }
        }
    }

    @Test func `pinning one key by its bare id trusts no other key's account`() async throws {
        let fixture = try Fixture()
        let (pinned, other) = (try await fixture.makeWrapperKey(), try await fixture.makeWrapperKey())
        let bare = try #require(pinned.keyID.flatMap(WrapperKeyID.init))
        await #expect(throws: VaultError.of(.untrustedAccount)) {
            try await fixture.create(under: other, Self.trusting(bare))
        }
    }

    @Test func `a vault under a foreign account does not open where accounts are trusted by name`() async throws {
        let fixture = try Fixture()
        try await fixture.create().close()
        fixture.kms.forgetCalls()
        await #expect(throws: VaultError.of(.untrustedAccount)) {
            try await fixture.open(Self.trusting(nil, [Self.foreign]))
        }
        #expect(fixture.kms.calls.isEmpty)
        try await fixture.open(Self.trusting(nil, [LocalKMS.account])).close()
    }

    @Test func `a rewrap to a foreign account is refused before anything is written`() async throws {
        let fixture = try Fixture()
        let (key, target) = (try await fixture.makeWrapperKey(), try await fixture.makeWrapperKey())
        let store = try await fixture.create(under: key, Self.trusting(key))
        _ = try await store.generate()
        let before = try fixture.dump()
        fixture.kms.tell(.accountInDescriptions(Self.foreign))
        await #expect(throws: VaultError.of(.untrustedAccount)) { try await store.rewrap(to: .key(target)) }
        #expect(try fixture.dump() == before)
        let error = await #expect(throws: VaultError.self) {
            try await store.rewrap(to: .newKey(WrapperKeyTemplate()))
        }
        #expect(error?.code == .untrustedAccount && error?.hint?.contains("was created before") == true)
        #expect(!fixture.kms.calls.contains(.reEncrypt))
        let after = try fixture.dump()
        for table in ["data_keys", "private_keys"] { #expect(after[table] == before[table]) }
        #expect(try await store.census().wrapperKey == key.rawValue)
        // The key that was made in vain does not stand in the way of the next one.
        fixture.kms.tell(nil)
        #expect(try await store.rewrap(to: .newKey(WrapperKeyTemplate())).done == 2)
    }
}
