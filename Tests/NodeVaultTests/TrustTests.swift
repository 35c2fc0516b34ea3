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

    /// A vault that was made under a key which the configuration pins by its bare id.
    private static func pinnedByName(_ fixture: Fixture) async throws -> (options: KeyStoreOptions, key: StoredKey) {
        let wrapperKey = try await fixture.makeWrapperKey()
        let bare = try #require(wrapperKey.keyID.flatMap(WrapperKeyID.init))
        let store = try await fixture.create(under: bare, trusting(bare))
        let key = try await store.generate()
        try await store.close()
        fixture.kms.forgetCalls()
        return (trusting(bare), key)
    }

    @Test(arguments: [KMSError.Code.notFound, .accessDenied])
    func `a pinned name that leads to no key any more keeps nobody from reading, and nothing is wrapped`(
        code: KMSError.Code
    ) async throws {
        let fixture = try Fixture()
        let (options, key) = try await Self.pinnedByName(fixture)
        fixture.kms.fail([.describeKey], with: code)
        let store = try await fixture.open(options.with { $0.maxRecordsPerDataKey = 1 })
        #expect(try await store.signs(with: key))
        let error = await #expect(throws: VaultError.of(.untrustedAccount)) { try await store.generate() }
        #expect(error?.hint?.contains("by its ARN") == true)
        #expect(!fixture.kms.calls.contains(.generateDataKey))
    }

    @Test func `a KMS that cannot be asked for the pinned key opens no vault`() async throws {
        let fixture = try Fixture()
        let (options, _) = try await Self.pinnedByName(fixture)
        fixture.kms.fail([.describeKey], with: .unavailable)
        await #expect(throws: VaultError.of("kms-unavailable")) { try await fixture.open(options) }
        #expect(!fixture.kms.calls.contains(.decrypt))
    }

    @Test func `beside AWS KMS the keys of LocalKMS unwrap what a move leaves behind, and wrap nothing`() async throws {
        let fixture = try Fixture()
        try await fixture.create().close()
        let arn = try #require(WrapperKeyID(rawValue: "arn:aws:kms:us-east-1:111122223333:key/1"))
        let moving = KeyStoreOptions.quiet.with {
            $0.trust = WrapperKeyTrust(pinned: arn, accounts: [LocalKMS.account], localKeys: .unwrapped)
        }
        let store = try await fixture.open(moving)
        fixture.kms.forgetCalls()
        let error = await #expect(throws: VaultError.of(.untrustedAccount)) { try await store.generate() }
        #expect(error?.hint?.contains("rewrap") == true)
        #expect(fixture.kms.calls.isEmpty)
    }

    @Test func `LocalKMS is told by its whole ARN, and not by an account number that AWS might have too`() throws {
        let atAWS = try #require(WrapperKeyID(rawValue: "arn:aws:kms:us-east-1:\(LocalKMS.account):key/1"))
        let local = try #require(WrapperKeyID(rawValue: "arn:aws:kms:local:\(LocalKMS.account):key/1"))
        let trust = WrapperKeyTrust(localKeys: .trusted)
        for use in [WrapperKeyUse.wrap, .unwrap] {
            try KeyStore.check(local, for: use, isTrustedBy: trust, pinned: .notNeeded, operation: "test")
            #expect(throws: VaultError.of(.untrustedAccount)) {
                try KeyStore.check(atAWS, for: use, isTrustedBy: trust, pinned: .notNeeded, operation: "test")
            }
        }
    }
}
