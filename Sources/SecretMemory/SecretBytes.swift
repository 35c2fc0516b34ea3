import COpenSSL

/// Secret bytes of a fixed length in the arena, wiped when the value goes away.
///
/// The type is noncopyable, so the compiler refuses to print, copy, compare with `==`, encode or collect it. Lifetimes
/// are lexical: end one early with `_ = consume secret`.
public struct SecretBytes: ~Copyable, @unchecked Sendable {
    // Unchecked: the block is owned by this value alone, and is written only through `mutating` access.
    private let block: SecretArena.Block

    /// The number of bytes.
    public private(set) var count: Int

    /// Allocates `count` zero bytes in the arena, to be written through ``withUnsafeMutableBytes(_:)``.
    ///
    /// - Throws: ``SecretMemoryError`` `.arenaExhausted` when no block of that size is left, or the reasons why the
    ///   arena could not be set up.
    package init(zeroedCount count: Int) throws(SecretMemoryError) {
        precondition(count >= 0, "a secret cannot have a negative length")
        block = try SecretArena.shared().allocate(byteCount: count)
        self.count = count
    }

    /// Copies `bytes` into the arena. The caller's bytes stay as they are: wiping them is the caller's.
    ///
    /// - Throws: ``SecretMemoryError`` as when allocating.
    public init(copying bytes: RawSpan) throws(SecretMemoryError) {
        try self.init(zeroedCount: bytes.byteCount)
        let target = block.bytes
        bytes.withUnsafeBytes { source in target.copyMemory(from: UnsafeRawBufferPointer(source)) }
    }

    /// Draws `count` bytes from OpenSSL's private random generator, straight into the arena.
    ///
    /// - Throws: ``SecretMemoryError`` as when allocating, and `.randomUnavailable` when the generator fails.
    public static func random(count: Int) throws(SecretMemoryError) -> SecretBytes {
        var secret = try SecretBytes(zeroedCount: count)
        let drawn = secret.withUnsafeMutableBytes { buffer in
            RAND_priv_bytes(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(buffer.count))
        }
        guard drawn == 1 else { throw .randomUnavailable }
        return secret
    }

    deinit { block.release() }

    /// Runs `body` with the bytes. They are wiped when this value goes away, not when `body` returns.
    public borrowing func withExposedBytes<R: ~Copyable, E: Error>(
        _ body: (RawSpan) throws(E) -> R
    ) throws(E) -> R {
        try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: block.bytes[..<count])))
    }

    /// Runs `body` with the bytes for writing.
    package mutating func withUnsafeMutableBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<count]))
    }

    /// Keeps the first `newCount` bytes and wipes the rest.
    package mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count, "a secret can only become shorter")
        OPENSSL_cleanse(block.bytes.baseAddress?.advanced(by: newCount), count - newCount)
        count = newCount
    }

    /// Whether both secrets have the same bytes, in time that depends on their lengths alone.
    public borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
        count == other.count && CRYPTO_memcmp(block.bytes.baseAddress, other.block.bytes.baseAddress, count) == 0
    }
}
