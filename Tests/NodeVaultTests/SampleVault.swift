import EnvelopeCrypto
import Foundation
import GRDB
import KMSConformance
import KeyManagement
import NodeKeys
import Testing
import VaultTestSupport

@testable import NodeVault

/// A small vault with a row in every table, of which any number of copies are made to be attacked.
struct SampleVault: Sendable {
    let fixture: Fixture
    /// In the order of their making: the first two under one data key, the third under the active one.
    let keys: [StoredKey]
    let pkcs8: [KeyID: [UInt8]]
    /// A wrapper key that nothing lies under yet.
    let otherWrapperKey: WrapperKeyID

    /// Without a check of all rows at open, and at its pace: attacks are met one by one.
    static let unchecked = KeyStoreOptions.quiet.with { options in
        options.maxRecordsPerDataKey = 2
        options.foregroundCheckRows = 0
        options.watchesChanges = false
    }

    init() async throws {
        fixture = try Fixture()
        let store = try await fixture.create(Self.unchecked)
        keys = [
            try await store.generate(name: "first"), try await store.generate(.ecP256),
            try await store.generateKey(.ed25519, purpose: .signing, usages: [.namespace], name: "third"),
        ]
        var pkcs8: [KeyID: [UInt8]] = [:]
        for key in keys { pkcs8[key.keyID] = try await store.exported(key) }
        self.pkcs8 = pkcs8
        _ = try await store.rewrap(to: .key(try await fixture.makeWrapperKey()))
        otherWrapperKey = try await fixture.makeWrapperKey()
        try await store.close()
    }

    /// The path of a fresh copy.
    func copy() throws -> String {
        let path = fixture.folder.file("copy-" + UUID().uuidString)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        return path
    }

    /// Removes a copy and what lies beside it.
    func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    func open(_ path: String, _ options: KeyStoreOptions = unchecked) async throws(VaultError) -> KeyStore {
        try await fixture.open(options, at: path)
    }

    /// Whether opening, with all checks, refuses the vault.
    func isRefusedAtOpen(_ path: String) async -> Bool {
        do {
            try await open(path, .quiet).close()
            return false
        } catch { return true }
    }

    /// Whether verifying finds something, by throwing or in its answer.
    func isFoundByVerify(_ path: String) async -> Bool {
        do {
            let store = try await open(path)
            let isFound = await isFoundByVerify(store)
            try await store.close()
            return isFound
        } catch { return true }
    }

    /// As above, by a store that was open before.
    func isFoundByVerify(_ store: KeyStore) async -> Bool { await (try? store.verify().isPassed) != true }

    /// What a store makes of a key that may have been attacked: true unless it gives a wrong answer.
    func neverLies(_ store: KeyStore, about key: StoredKey) async -> Bool {
        if let signed = try? await store.signs(with: key), !signed { return false }
        if let exported = try? await store.exported(key), exported != pkcs8[key.keyID] { return false }
        if let told = try? await store.key(key.keyID), told.publicKey != key.publicKey || told.name != key.name {
            return false
        }
        return true
    }
}
