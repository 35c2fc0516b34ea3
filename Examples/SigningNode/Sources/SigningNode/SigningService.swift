import Foundation
import NodeKeys
import NodeVault

/// Answers requests, one line each.
///
/// ```
/// SIGN <key id> <base64 of the message>      OK <base64 of the signature>
/// GENERATE <scheme>                          OK <key id>
/// DELETE <key id>                            OK
/// LIST                                       OK <key ids, separated by spaces>
/// PURGE                                      OK, and no secret is in memory
/// STATUS                                     one line of JSON
/// anything else                              ERR <code> <message>
/// ```
struct SigningService: Sendable {
    let keys: KeyStore

    func answer(_ line: String) async -> String {
        do {
            return try await perform(line.split(separator: " ", omittingEmptySubsequences: false).map(String.init))
        } catch let error as VaultError {
            return "ERR \(error.code) \(error.message)"
        } catch { return "ERR failed \(error)" }
    }

    private func perform(_ words: [String]) async throws -> String {
        switch (words.first, words.count) {
        case ("SIGN", 3):
            guard let message = Data(base64Encoded: words[2]) else { return "ERR usage the message is not base64" }
            let signature = try await keys.sign([UInt8](message), with: try await keys.knownKey(words[1], "sign"))
            return "OK \(Data(signature).base64EncodedString())"
        case ("GENERATE", 2):
            guard let scheme = KeyScheme(rawValue: words[1]), let purpose = scheme.purposes.first else {
                return "ERR usage schemes are \(KeyScheme.allCases.map(\.rawValue).joined(separator: ", "))"
            }
            return "OK \(try await keys.generateKey(scheme, purpose: purpose).keyID)"
        case ("DELETE", 2):
            try await keys.deleteKey(try await keys.knownKey(words[1], "delete"))
            return "OK"
        case ("LIST", 1):
            return (["OK"] + (try await keys.keys()).map(\.keyID.description)).joined(separator: " ")
        case ("PURGE", 1):
            keys.purge()
            return "OK"
        case ("STATUS", 1): return try await status()
        default: return "ERR usage requests are SIGN, GENERATE, DELETE, LIST, PURGE and STATUS"
        }
    }

    private struct Status: Encodable {
        let vaultId: String
        let node: String
        let wrapperKey: String?
        let records: Int
        let epoch: Int64
        let memoryTier: String
        let processAllocators: String
    }

    private func status() async throws -> String {
        let census = try await keys.census()
        let status = Status(
            vaultId: census.vaultID.description, node: census.node, wrapperKey: census.wrapperKey,
            records: census.records + census.clearRecords, epoch: census.epoch,
            memoryTier: try keys.memoryTier.rawValue, processAllocators: KeyStore.processAllocators.rawValue)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(status), as: UTF8.self)
    }
}
