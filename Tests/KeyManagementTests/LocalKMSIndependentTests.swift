import EnvelopeCrypto
import Foundation
import KMSConformance
import SecretMemory
import Testing

@testable import KeyManagement

/// Python's `cryptography` opens what LocalKMS writes, with a program that shares nothing with it.
@Suite struct LocalKMSIndependentTests {
    @Test(arguments: LocalKMSFixture.Sealing.allCases)
    func `an independent program opens the file and a wrapped key`(_ sealing: LocalKMSFixture.Sealing) async throws {
        let fixture = try LocalKMSFixture(sealing)
        let passphrase = "pass\u{e9}phrase ☃"
        let kms = try LocalKMS.open(
            at: fixture.path, protection: fixture.protection(passphrase), createIfMissing: true)
        let key = try await kms.createKey(
            CreateKeyRequest(description: "naïve ☃", tags: ["z": "1", "a": "ü"], isMultiRegion: true)
        ).arn
        try kms.rotateKeyOnDemand(key)
        let doomed = try await kms.makeKey()
        try kms.scheduleKeyDeletion(doomed)
        try kms.createAlias(WrapperKeyID("alias/main"), for: key)
        let context = ["nodevault:vault": "v", "b": "☃", "a": ""]
        let secret = try SecretBytes(copying: Array("abc".utf8).span.bytes)
        let wrapped = try await kms.wrap(secret, under: key, context: EncryptionContext(context)).wrapped

        let answer = try Self.run([
            "file": fixture.path, "passphrase": passphrase, "machineKey": fixture.path + ".machine-key",
            "wrapped": wrapped.ciphertext.hex, "context": context,
        ])
        // SHA-256 of "abc": FIPS 180-4's example.
        #expect(answer.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(answer.aliases == ["alias/main": key.keyID])
        let found = try #require(answer.keys.first { $0.id == key.keyID })
        #expect(found.description == "naïve ☃")
        #expect(found.tags == ["z": "1", "a": "ü"])
        #expect(found.multiRegion == 1)
        #expect(found.state == 0)
        #expect(found.materials.last == (try await kms.describeKey(key).currentKeyMaterialID))
        #expect(found.materials.count == 2)
        #expect(abs(Double(found.createdAt) / 1e6 - Date().timeIntervalSince1970) < 3600)
        let waiting = try #require(answer.keys.first { $0.id == doomed.keyID })
        #expect(waiting.state == 2)
        #expect(abs(waiting.deletion - waiting.createdAt - 30 * 86_400_000_000) < 60_000_000)
    }

    private struct Answer: Decodable {
        struct Key: Decodable {
            let id, description: String
            let tags: [String: String]
            let createdAt, deletion: Int64
            let state, multiRegion: Int
            let materials: [String]
        }
        let keys: [Key]
        let aliases: [String: String?]
        let sha256: String
    }

    private static func run(_ request: [String: Any]) throws -> Answer {
        let python = ProcessInfo.processInfo.environment["NODEVAULT_TEST_PYTHON"] ?? "python3"
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "open_local_kms.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, script.path]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: request))
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(Answer.self, from: text)
    }
}
