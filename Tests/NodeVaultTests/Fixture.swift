import EnvelopeCrypto
import Foundation
import GRDB
import KMSAudit
import KMSConformance
import KeyManagement
import Logging
import NodeKeys
import SecretMemory
import Testing
import VaultStorage
import VaultTestSupport

@testable import NodeVault

/// A folder with a LocalKMS file and room for vaults, and a KMS that a test can disturb.
struct Fixture: Sendable {
    let folder: TemporaryFolder
    let local: LocalKMS
    let kms: ScriptedKMS
    let sink: RecordingSink

    var path: String { folder.file("vault") }

    init(folder: TemporaryFolder? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
        local = try LocalKMS.open(at: self.folder.file("kms"), protection: .machineKey(nil), createIfMissing: true)
        kms = ScriptedKMS(local)
        sink = RecordingSink()
    }

    var audited: AuditedKMS { audited(by: sink) }

    func audited(by sink: any AuditSink) -> AuditedKMS { AuditedKMS(kms, writingTo: sink) }

    func makeWrapperKey() async throws -> WrapperKeyID {
        try await local.createKey(CreateKeyRequest(description: "a test's")).arn
    }

    func create(
        under key: WrapperKeyID? = nil, _ options: KeyStoreOptions = .quiet
    ) async throws(VaultError) -> KeyStore {
        try await KeyStore.create(
            at: path, node: "participants.p", kms: audited, wrapperKey: key, options: options
        ).keys
    }

    func createClear() async throws(VaultError) -> KeyStore {
        try await KeyStore.create(at: path, node: "participants.p", kms: nil, options: .quiet).keys
    }

    func open(_ options: KeyStoreOptions = .quiet, at path: String? = nil) async throws(VaultError) -> KeyStore {
        try await KeyStore.open(at: path ?? self.path, kms: audited, options: options)
    }

    /// Changes the vault's file through a connection that shares nothing with the vault's.
    func tamper(_ sql: String, at path: String? = nil) throws {
        let database = try IndependentDatabase(path ?? self.path)
        try database.execute(sql)
        try database.close()
    }

    /// One value, through such a connection.
    func value<T: DatabaseValueConvertible>(_ sql: String) throws -> T? {
        let database = try IndependentDatabase(path)
        defer { try? database.close() }
        return try database.value(sql)
    }

    /// The bytes of every file of the folder: of no use while a vault is open, since reading would drop SQLite's locks.
    func folderBytes() throws -> [String: [UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try folder.read($0)) })
    }

    /// All rows, through such a connection.
    func dump() throws -> [String: [Row]] {
        let database = try IndependentDatabase(path)
        defer { try? database.close() }
        return try database.dump()
    }
}

/// Keeps audit lines in memory, or refuses them.
final class RecordingSink: AuditSink {
    private let state = Lock((lines: [String](), refusesAfter: Int?.none))

    var lines: [String] { state.withLock { $0.lines } }

    /// Refuses every line after that many more.
    func refuse(after count: Int?) {
        state.withLock { state in state.refusesAfter = count.map { state.lines.count + $0 } }
    }

    func write(_ line: AuditLine) throws {
        try state.withLock { state in
            guard state.lines.count < state.refusesAfter ?? .max else { throw AuditFailure("the disk is full") }
            state.lines.append(line.text)
        }
    }
}

extension AuditedKMS {
    convenience init(_ kms: any KMS, writingTo sink: any AuditSink) {
        let node = AuditedNode(kind: .participant, name: "p")
        self.init(kms, log: AuditLog(node: node, sink: sink, warnings: KeyStoreOptions.quiet.logger))
    }
}

extension KeyStoreOptions {
    /// The defaults, without words about trust.
    static var quiet: KeyStoreOptions {
        var options = KeyStoreOptions()
        options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return options
    }

    func with(_ change: (inout KeyStoreOptions) -> Void) -> KeyStoreOptions {
        var options = self
        change(&options)
        return options
    }
}

extension VaultError {
    /// An error to compare with: only codes are compared.
    static func of(_ code: Code) -> VaultError { VaultError(code, operation: "", message: "") }
    static func of(_ name: String) -> VaultError { of(Code(rawValue: name)) }
}

extension KeyStore {
    static let message = Array("a message".utf8)

    func generate(_ scheme: KeyScheme = .ed25519, name: String? = nil) async throws(VaultError) -> StoredKey {
        let purpose: KeyPurpose = scheme == .rsa2048 ? .encryption : .signing
        return try await generateKey(
            scheme, purpose: purpose, usages: purpose == .signing ? [.protocol] : [], name: name)
    }

    /// Whether the key signs, and its own public key takes the signature.
    func signs(with key: StoredKey) async throws -> Bool {
        try key.publicKey.isValid(signature: try await sign(Self.message, with: key.keyID), for: Self.message)
    }

    /// The exported PKCS#8: a test may see it.
    func exported(_ key: StoredKey) async throws(VaultError) -> [UInt8] {
        try await exportKey(key.keyID).secret.withExposedBytes { span in span.withUnsafeBytes { Array($0) } }
    }
}

extension KeyStore {
    /// Puts every job back to running, as a crash before the last step leaves it.
    func reopenJob() async throws {
        let authenticator = authenticator
        try await database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            for var job in try transaction.rows.all(JobRow.self) {
                job.state = .running
                try transaction.update(job)
            }
            try transaction.finish()
        }
    }
}

extension SecretBox {
    /// A test's key, which is no secret.
    convenience init(copying bytes: [UInt8]) throws { self.init(try SecretBytes(copying: bytes.span.bytes)) }
}

/// Waits until `condition` holds, far longer than it should take; false when it never does.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let start = ContinuousClock.now
    while start.duration(to: .now) < .seconds(10) {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return false
}
