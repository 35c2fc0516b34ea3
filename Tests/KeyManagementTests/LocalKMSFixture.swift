import KMSConformance
import SecretMemory

@testable import KeyManagement

/// A folder with a key file, and ways to open it. Cheap scrypt, unless a test is about scrypt.
struct LocalKMSFixture: Sendable {
    enum Sealing: String, CaseIterable, Sendable { case passphrase, machineKey }

    let folder: TemporaryFolder
    let sealing: Sealing
    var path: String { folder.file("kms") }

    init(_ sealing: Sealing = .machineKey) throws {
        folder = try TemporaryFolder()
        self.sealing = sealing
    }

    func open(passphrase: String = "correct horse", now: Timestamp? = nil) throws -> LocalKMS {
        try LocalKMS.open(
            at: path, protection: protection(passphrase), createIfMissing: true,
            cost: ScryptCost(log2N: 10, blockSize: 8, parallelization: 1), clock: { now ?? .now })
    }

    func protection(_ passphrase: String = "correct horse") throws -> LocalKMS.Protection {
        switch sealing {
        case .passphrase: .passphrase(try SecretBytes(copying: Array(passphrase.utf8).span.bytes))
        case .machineKey: .machineKey(nil)
        }
    }

    /// The error of opening; nil when it opens.
    func refusal(passphrase: String = "correct horse", owner: FileOwner? = nil) throws -> KMSError? {
        let protection = try protection(passphrase)
        do throws(KMSError) {
            _ = try LocalKMS.open(at: path, protection: protection, owner: owner)
            return nil
        } catch { return error }
    }
}

extension WrapperKeyID {
    init(_ text: StaticString) {
        guard let name = WrapperKeyID(rawValue: text.description) else { preconditionFailure("a bad name in a test") }
        self = name
    }
}

extension LocalKMS {
    func makeKey(_ description: String = "a key") async throws -> WrapperKeyID {
        try await createKey(CreateKeyRequest(description: description)).arn
    }
}

extension EncryptionContext {
    static let sample = EncryptionContext(["nodevault:vault": "v", "nodevault:use": "data-key"])
}
