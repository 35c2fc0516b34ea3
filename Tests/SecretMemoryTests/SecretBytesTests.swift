import SecretMemory
import Testing

@Suite struct SecretBytesTests {
    @Test func `a fresh secret is zero, whatever lay in its block before`() throws {
        for _ in 0..<1000 {
            let secret = try SecretBytes.random(count: 96)
            _ = consume secret
            let fresh = try SecretBytes(zeroedCount: 96)
            fresh.withExposedBytes { span in
                #expect((0..<span.byteCount).allSatisfy { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0 })
            }
        }
    }
}
