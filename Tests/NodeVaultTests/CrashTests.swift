import Foundation
import Glibc
import KMSAudit
import KMSConformance
import KeyManagement
import NodeKeys
import Testing

@testable import NodeVault

/// A process that makes keys is killed at a random moment: every key that it was told of is there, and all verifies.
@Suite(.serialized) struct CrashTests {
    private static let rounds = 6

    @Test func `keys that were answered before the process was killed are in the vault`() async throws {
        let fixture = try Fixture()
        let options = KeyStoreOptions.quiet.with { $0.maxRecordsPerDataKey = 3 }
        try await fixture.create(options).close()
        var answered = 0
        for round in 0..<Self.rounds {
            let delay = UInt32.random(in: 20_000...400_000)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = fixture.folder.path as String, delay = delay as UInt32] in
                try await KeyMaker.run(inFolder: path, killedAfter: delay)
            }
            let log = try String(decoding: fixture.folder.read("answered"), as: UTF8.self)
            let ids = log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            answered = ids.count
            let store = try await fixture.open(options)
            #expect(try await store.verify(deep: true).isPassed, "round \(round)")
            let kept = Set(try await store.keys().map(\.keyID.description))
            #expect(ids.allSatisfy { kept.contains(String($0)) }, "round \(round)")
            // At most the one key whose answer was under way is there besides, in each round.
            #expect(kept.count - ids.count <= round + 1)
            try await store.close()
        }
        #expect(answered > 0)
    }
}

/// The process that is killed.
private enum KeyMaker {
    static func run(inFolder path: String, killedAfter delay: UInt32) async throws {
        let local = try LocalKMS.open(at: path + "/kms", protection: .machineKey(nil))
        let kms = AuditedKMS(local, writingTo: RecordingSink())
        let options = KeyStoreOptions.quiet.with { $0.maxRecordsPerDataKey = 3 }
        let store = try await KeyStore.open(at: path + "/vault", kms: kms, options: options)
        let log = open(path + "/answered", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let killer = Thread {
            usleep(delay)
            kill(getpid(), SIGKILL)
        }
        killer.start()
        while true {
            let line = try await store.generate().keyID.description + "\n"
            write(log, line, line.utf8.count)
        }
    }
}
