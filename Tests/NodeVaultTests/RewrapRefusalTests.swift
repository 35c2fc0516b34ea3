import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

/// Canton's refusals of a wrapper key under Canton's names, each before a byte has changed.
@Suite struct RewrapRefusalTests {
    private static func vault() async throws -> (Fixture, KeyStore, wrapperKey: WrapperKeyID) {
        let fixture = try Fixture()
        let request = CreateKeyRequest(description: "in several regions", isMultiRegion: true)
        let key = try await fixture.local.createKey(request).arn
        let store = try await fixture.create(under: key)
        _ = try await store.generate()
        return (fixture, store, key)
    }

    private static func check(
        _ fixture: Fixture, _ store: KeyStore, to key: WrapperKeyID, _ code: VaultError.Code, _ name: String
    ) async throws {
        let before = try fixture.dump()
        for isDryRun in [true, false] {
            let error = await #expect(throws: VaultError.self) {
                try await store.rewrap(to: .key(key), isDryRun: isDryRun)
            }
            #expect(error?.code == code && error?.message.contains("(\(name))") == true, "\(error?.message ?? "")")
            #expect(error?.hint != nil)
        }
        #expect(try fixture.dump() == before)
        #expect(!fixture.kms.calls.contains(.reEncrypt) && !fixture.kms.calls.contains(.encrypt))
    }

    @Test func `the same wrapper key by ARN, key id, alias and alias ARN`() async throws {
        let (fixture, store, key) = try await Self.vault()
        let alias = try #require(WrapperKeyID(rawValue: "alias/own"))
        try fixture.local.createAlias(alias, for: key)
        let names = [
            key.rawValue, try #require(key.keyID), alias.rawValue, "arn:aws:kms:local:000000000000:alias/own",
        ]
        for name in names {
            let named = try #require(WrapperKeyID(rawValue: name))
            try await Self.check(fixture, store, to: named, .wrapperKeyInUse, "WRAPPER_KEY_ALREADY_IN_USE_ERROR")
        }
    }

    @Test func `a replica of the same multi-region key in another region`() async throws {
        let (fixture, store, key) = try await Self.vault()
        fixture.kms.tell(.regionInDescriptions("eu-west-1"))
        let replica = key.moved(from: ":local:", to: ":eu-west-1:")
        try await Self.check(fixture, store, to: replica, .wrapperKeyInUse, "WRAPPER_KEY_ALREADY_IN_USE_ERROR")
    }

    @Test func `a wrapper key that does not exist`() async throws {
        let (fixture, store, _) = try await Self.vault()
        for name in ["alias/none", "11111111-2222-3333-4444-555555555555"] {
            let named = try #require(WrapperKeyID(rawValue: name))
            try await Self.check(
                fixture, store, to: named, VaultError.Code(rawValue: "wrapper-key-not-found"),
                "WRAPPER_KEY_NOT_EXIST_ERROR")
        }
    }

    @Test func `a wrapper key that is disabled, or pending deletion`() async throws {
        let (fixture, store, _) = try await Self.vault()
        let (disabled, deleted) = (try await fixture.makeWrapperKey(), try await fixture.makeWrapperKey())
        try fixture.local.disableKey(disabled)
        try fixture.local.scheduleKeyDeletion(deleted)
        let name = "WRAPPER_KEY_DISABLED_OR_DELETED_ERROR"
        try await Self.check(fixture, store, to: disabled, VaultError.Code(rawValue: "wrapper-key-disabled"), name)
        try await Self.check(fixture, store, to: deleted, VaultError.Code(rawValue: "wrapper-key-invalid-state"), name)
    }

    @Test func `a vault that is not encrypted`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.createClear()
        let before = try fixture.dump()
        for isDryRun in [true, false] {
            let options = JobOptions().with { $0.isDryRun = isDryRun }
            let errors = [
                await #expect(throws: VaultError.self) { try await store.rewrap(to: .currentKey, options) },
                await #expect(throws: VaultError.self) { try await store.rotateDataKeys(options) },
            ]
            for error in errors {
                #expect(error?.code == .notEncrypted)
                #expect(error?.message.contains("NO_ENCRYPTED_PRIVATE_KEY_STORE_ERROR") == true)
            }
        }
        #expect(try fixture.dump() == before)
    }
}
