import NodeKeys
import Testing

@Suite struct ConcurrencyTests {
    @Test(arguments: KeyScheme.allCases.filter { $0.allows(.signing) })
    func `many threads sign with one handle`(scheme: KeyScheme) async throws {
        let handle = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(scheme))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in UInt8(0)..<8 {
                group.addTask {
                    try (UInt8(0)..<20).allSatisfy { step in
                        let message = [task, step]
                        return try handle.publicKey.isValid(signature: handle.sign(message), for: message)
                    }
                }
            }
            for try await isValid in group { #expect(isValid) }
        }
    }

    @Test func `handles come and go on many threads`() async throws {
        let pkcs8 = bytes(FixedKey.all[2].pkcs8)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in UInt8(0)..<8 {
                group.addTask {
                    try (0..<50).allSatisfy { _ in
                        let handle = try handle(pkcs8)
                        return try handle.publicKey.isValid(signature: handle.sign([task]), for: [task])
                    }
                }
            }
            for try await isValid in group { #expect(isValid) }
        }
    }
}
