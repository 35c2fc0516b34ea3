import EnvelopeCrypto
import NodeKeys
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct KeyTests {
    @Test(arguments: KeyScheme.allCases)
    func `a generated key works, and comes back byte for byte after the store was opened again`(
        scheme: KeyScheme
    ) async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate(scheme, name: scheme.rawValue)
        #expect(key.scheme == scheme && key.name == scheme.rawValue && key.dataKeyID != nil)
        let pkcs8 = try await store.exported(key)
        try await store.close()

        let opened = try await fixture.open()
        #expect(try await opened.exported(key) == pkcs8)
        if scheme == .rsa2048 {
            await #expect(throws: VaultError.of(.purposeNotAllowed)) { try await opened.signs(with: key) }
        } else {
            #expect(try await opened.signs(with: key))
        }
        #expect(try await opened.verify(deep: true).isPassed)
    }

    @Test(arguments: KeyScheme.allCases)
    func `a key made by OpenSSL is kept and exported byte for byte`(scheme: KeyScheme) async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let given = try OpenSSLCommand.makeKey(scheme)
        let purpose: KeyPurpose = scheme == .rsa2048 ? .encryption : .signing
        let usages: Set<KeyUsage> = purpose == .signing ? [.namespace, .protocol] : []
        let key = try await store.importKey(
            pkcs8: SecretBox(copying: given), purpose: purpose,
            usages: usages, name: "imported")
        #expect(Set(key.usages) == usages)
        #expect(try await store.exported(key) == given)
        if purpose == .signing {
            let signature = try await store.sign(KeyStore.message, with: key.keyID)
            #expect(try OpenSSLCommand.verifies(signature, of: KeyStore.message, by: key.publicKey))
        }
        await #expect(throws: VaultError.of("duplicate-key")) {
            try await store.importKey(pkcs8: SecretBox(copying: given), purpose: purpose, name: "other")
        }
    }

    @Test func `what is no key is not imported`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let given = try OpenSSLCommand.makeKey(.ed25519)
        for bytes in [[], [0x30, 0x00], given + [0], Array(given.dropLast()), [UInt8](repeating: 0x30, count: 70_000)] {
            await #expect(throws: VaultError.of("malformed-key")) {
                try await store.importKey(pkcs8: SecretBox(copying: bytes), purpose: .signing)
            }
        }
        #expect(try await store.keys().isEmpty)
    }

    @Test(arguments: ["", String(repeating: "n", count: 301), String(repeating: "é", count: 151), "a\0b"])
    func `a name out of bounds is refused`(name: String) async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate(name: "kept")
        await #expect(throws: VaultError.of(.invalidArgument)) { try await store.generate(name: name) }
        await #expect(throws: VaultError.of(.invalidArgument)) { try await store.renameKey(key.keyID, to: name) }
        #expect(try await store.keys().map(\.name) == ["kept"])
    }

    @Test func `names are kept as given, and two forms of one letter are two names`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let names = [
            String(repeating: "n", count: 300), String(repeating: "é", count: 150), "e\u{301}", "\u{e9}", "Schlüssel 🔑",
            " ", "'; DROP TABLE private_keys; --",
        ]
        for name in names { _ = try await store.generate(name: name) }
        let kept = try await store.keys().compactMap(\.name).map { Array($0.utf8) }
        #expect(Set(kept) == Set(names.map { Array($0.utf8) }))
        await #expect(throws: VaultError.of("duplicate-name")) { try await store.generate(name: "Schlüssel 🔑") }
        _ = try await store.generate()
        _ = try await store.generate()
        #expect(try await store.keys().count == names.count + 2)
        #expect(try await store.verify().isPassed)
    }

    @Test func `an encryption key has no usages, and a scheme serves only its purposes`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        await #expect(throws: VaultError.of(.invalidArgument)) {
            try await store.generateKey(.ecP256, purpose: .encryption, usages: [.protocol])
        }
        await #expect(throws: VaultError.of(.purposeNotAllowed)) {
            try await store.generateKey(.ed25519, purpose: .encryption)
        }
        await #expect(throws: VaultError.of(.purposeNotAllowed)) {
            try await store.generateKey(.rsa2048, purpose: .signing)
        }
        let encryption = try await store.generateKey(.ecP256, purpose: .encryption)
        await #expect(throws: VaultError.of(.purposeNotAllowed)) {
            try await store.sign(KeyStore.message, with: encryption.keyID)
        }
        #expect(try await store.keys() == [encryption])
    }

    @Test func `an unknown key id is told so, with the nearest one as a hint`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        let letter = key.keyID.description.last == "0" ? "1" : "0"
        let near = try #require(KeyID(key.keyID.description.dropLast() + letter))
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await store.key(near) }, { _ = try await store.sign(KeyStore.message, with: near) },
            { _ = try await store.exportKey(near) }, { _ = try await store.renameKey(near, to: "n") },
            { try await store.deleteKey(near) },
        ]
        for call in calls {
            let error = await #expect(throws: VaultError.self) { try await call() }
            #expect(error?.code == .keyNotFound && error?.hint == "did you mean \(key.keyID)?")
        }
        try await store.deleteKey(key.keyID)
        let error = await #expect(throws: VaultError.self) { try await store.key(key.keyID) }
        #expect(error?.code == .keyNotFound && error?.hint == "nodevault key list shows the keys")
    }

    @Test func `a renamed key is sealed anew, with fresh salt and nonce, and counted`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate(name: "one")
        let other = try await store.generate(name: "two")
        let (pkcs8, before) = (try await store.exported(key), try Self.sealed(key, fixture))
        #expect(try await store.renameKey(key.keyID, to: "three").name == "three")
        let after = try Self.sealed(key, fixture)
        #expect(after.count == before.count && after[..<18] == before[..<18])
        #expect(after[18..<50] != before[18..<50] && after[50..<82] != before[50..<82])
        #expect(after[82..<94] != before[82..<94] && after[94...] != before[94...])
        #expect(try await store.exported(key) == pkcs8)
        #expect(try await store.signs(with: key))
        let sealedCount: Int64? = try fixture.value("SELECT sealed_count FROM data_keys")
        #expect(sealedCount == 3)

        await #expect(throws: VaultError.of("duplicate-name")) { try await store.renameKey(key.keyID, to: "two") }
        #expect(try await store.renameKey(key.keyID, to: nil).name == nil)
        #expect(try await store.renameKey(other.keyID, to: "one").name == "one")
        #expect(try await store.verify(deep: true).isPassed)
    }

    @Test func `a deleted key is gone from list, cache and file, and can be imported again`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate(name: "n")
        let pkcs8 = try await store.exported(key)
        #expect(try await store.signs(with: key))
        try await store.deleteKey(key.keyID)
        await #expect(throws: VaultError.of(.keyNotFound)) { try await store.signs(with: key) }
        #expect(try await store.keys().isEmpty)
        let again = try await store.importKey(
            pkcs8: SecretBox(copying: pkcs8), purpose: .signing, usages: [.protocol], name: "n")
        #expect(again.keyID == key.keyID)
        #expect(try await store.signs(with: again))
        #expect(try await store.verify().isPassed)
    }

    @Test func `tasks that are cancelled while they make keys are told so, and leave nothing half done`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create(.quiet.with { $0.maxRecordsPerDataKey = 2 })
        fixture.kms.slowDown(by: .milliseconds(5))
        let tasks = (0..<20).map { _ in Task { try await store.generate() } }
        #expect(try await eventually { try await store.keys().count >= 3 })
        for task in tasks { task.cancel() }
        var made: [KeyID] = []
        for task in tasks {
            switch await task.result {
            case .success(let key): made.append(key.keyID)
            case .failure(let error): #expect((error as? VaultError)?.code == .cancelled)
            }
        }
        #expect(made.count >= 3 && made.count < 20)
        #expect(Set(try await store.keys().map(\.keyID)).isSuperset(of: made))
        #expect(try await store.verify(deep: true).isPassed)
    }

    @Test func `of many who change one key at once, each is answered and the vault verifies`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generate()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask { _ = try? await store.renameKey(key.keyID, to: "name \(number)") }
                group.addTask { _ = try? await store.signs(with: key) }
            }
        }
        #expect(try await store.signs(with: key))
        #expect(try await store.verify(deep: true).isPassed)
    }

    private static func sealed(_ key: StoredKey, _ fixture: Fixture) throws -> [UInt8] {
        let hex: String? = try fixture.value(
            "SELECT hex(sealed) FROM private_keys WHERE key_id = '\(key.keyID)'")
        return try #require([UInt8](hex: hex ?? ""))
    }
}
