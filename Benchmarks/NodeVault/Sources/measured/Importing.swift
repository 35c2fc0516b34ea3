import NodeKeys
import NodeVault
import SecretMemory
import Synchronization

/// Importing an Ed25519 key that the vault has not seen, from its PKCS#8 to a durable record.
final class Importing: Operation {
    private let keys: KeyStore
    private let waiting = Mutex<[SecretBox]>([])

    init(_ arguments: [String]) async throws { keys = try await Vault.open(arguments) }

    func prepare(_ count: Int) throws {
        let made = try (0..<count).map { _ in
            let seed = (0..<32).map { _ in UInt8.random(in: 0...255) }
            return SecretBox(try SecretBytes(copying: Ed25519Key.pkcs8(seed: seed).span.bytes))
        }
        waiting.withLock { $0 = made }
    }

    func run(_ count: Int) async throws {
        for pkcs8 in waiting.withLock({ $0 }) {
            let name = "key-\(UInt64.random(in: 0...(.max)))"
            _ = try await keys.importKey(pkcs8: pkcs8, purpose: .signing, usages: [.protocol], name: name)
        }
    }
}
