import SecretMemory
import Testing

@Suite struct SecretBytesTests {
    private func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
        secret.withExposedBytes { span in span.withUnsafeBytes { Array($0) } }
    }

    @Test func `a fresh secret is zero, whatever lay in its block before`() throws {
        for _ in 0..<1000 {
            let secret = try SecretBytes.random(count: 96)
            _ = consume secret
            let fresh = try SecretBytes(zeroedCount: 96)
            #expect(bytes(fresh).allSatisfy { $0 == 0 })
        }
    }

    @Test func `a copy has the bytes that were given`() throws {
        let given: [UInt8] = [1, 2, 3, 255, 0]
        let secret = try SecretBytes(copying: given.span.bytes)
        #expect(bytes(secret) == given)
        #expect(secret.count == 5)
    }

    @Test func `random secrets differ`() throws {
        #expect(bytes(try SecretBytes.random(count: 32)) != bytes(try SecretBytes.random(count: 32)))
    }

    @Test func `secrets are equal by length and bytes alone`() throws {
        let one = try SecretBytes(copying: ([1, 2, 3] as [UInt8]).span.bytes)
        #expect(one.isEqual(to: try SecretBytes(copying: ([1, 2, 3] as [UInt8]).span.bytes)))
        #expect(!one.isEqual(to: try SecretBytes(copying: ([1, 2, 4] as [UInt8]).span.bytes)))
        #expect(!one.isEqual(to: try SecretBytes(copying: ([1, 2] as [UInt8]).span.bytes)))
    }

    @Test func `what is cut off is wiped at once`() throws {
        var secret = try SecretBytes(copying: ([1, 2, 3, 4] as [UInt8]).span.bytes)
        let start = secret.withUnsafeMutableBytes { $0.baseAddress.map { UnsafeRawPointer($0) } }
        secret.truncate(to: 2)
        #expect(bytes(secret) == [1, 2])
        let rest = try #require(start).load(fromByteOffset: 2, as: UInt16.self)
        #expect(rest == 0)
    }

    @Test func `an exhausted arena is an error to the caller that asked for too much, and to nobody else`() throws {
        let arena = try SecretArena.prepare()
        let small = try SecretBytes.random(count: 32)
        #expect(
            throws: SecretMemoryError.arenaExhausted(requested: arena.sizeInBytes + 1, arenaSize: arena.sizeInBytes)
        ) {
            _ = try SecretBytes(zeroedCount: arena.sizeInBytes + 1)
        }
        #expect(small.count == 32)
        _ = try SecretBytes.random(count: 32)
    }

    @Test func `a box gives the same secret to all its holders`() throws {
        let box = SecretBox(try SecretBytes(copying: ([7] as [UInt8]).span.bytes))
        let other = box
        #expect(bytes(other.secret) == [7])
    }

    @Test func `a secret is handed over once`() async throws {
        let handover = SecretHandover(try SecretBytes.random(count: 1))
        _ = handover.take()
        await #expect(processExitsWith: .failure) {
            let handover = SecretHandover(try SecretBytes.random(count: 1))
            _ = handover.take()
            _ = handover.take()
        }
    }
}
