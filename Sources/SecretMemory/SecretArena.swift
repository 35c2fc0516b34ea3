import COpenSSL
import Glibc
import Synchronization

/// The locked, non-dumpable memory that alone holds secrets: one for the process, set up at the first use.
///
/// Layout: a guard page, the arena, a guard page. Blocks are handed out by a buddy allocator whose books lie in ordinary
/// memory, so that a stray write into the arena cannot bend them. A freed block is wiped at once, hence a fresh block is
/// zero.
public final class SecretArena: @unchecked Sendable {
    // Unchecked: the mapping never moves, and the books are behind the lock.
    private let base: UnsafeMutableRawPointer
    private let books: Lock<BuddyBooks>

    /// The protection in force.
    public let tier: MemoryTier
    /// The arena's size in bytes, a power of two.
    public let sizeInBytes: Int

    /// The size where nothing is configured: 4 MiB.
    public static let defaultSizeInBytes = 4 << 20

    private static let current = Lock<SecretArena?>(nil)
    /// The same once it stands, to be read without locking.
    private static let standing = Atomic<Unmanaged<SecretArena>?>(nil)

    /// Sets the process's arena up; once it stands, its tier and size stay.
    ///
    /// - Parameters:
    ///   - sizeInBytes: rounded up to a power of two, at least 64 KiB. OpenSSL's secure heap gets half as much besides.
    ///   - minimumTier: what is refused when it cannot be had.
    ///   - preferredTier: the best tier to try.
    /// - Throws: ``SecretMemoryError`` `.memoryLockLimit` or `.tierUnavailable` below the minimum tier.
    @discardableResult
    public static func prepare(
        sizeInBytes: Int = defaultSizeInBytes, minimumTier: MemoryTier = .locked,
        preferredTier: MemoryTier = .memfdSecret
    ) throws(SecretMemoryError) -> SecretArena {
        try current.withLock { arena throws(SecretMemoryError) in
            if let arena {
                guard arena.tier >= minimumTier else { throw .tierUnavailable(wanted: minimumTier, found: arena.tier) }
                return arena
            }
            let made = try SecretArena(sizeInBytes: sizeInBytes, minimumTier: minimumTier, preferredTier: preferredTier)
            arena = made
            // Retained for ever: the process's arena lives as long as the process.
            standing.store(Unmanaged.passRetained(made), ordering: .releasing)
            return made
        }
    }

    /// The process's arena, set up with the defaults where nobody has done so.
    package static func shared() throws(SecretMemoryError) -> SecretArena {
        if let arena = standing.load(ordering: .acquiring) { return arena.takeUnretainedValue() }
        return try prepare()
    }

    private init(sizeInBytes requested: Int, minimumTier: MemoryTier, preferredTier: MemoryTier)
        throws(SecretMemoryError)
    {
        var size = 64 << 10
        while size < requested { size <<= 1 }
        let secureHeapSize = size / 2
        // First: the mapping is given back when it cannot be locked, the heap may stand until the next attempt.
        try OpenSSLSecureHeap.prepare(
            sizeInBytes: secureHeapSize, mustBeLocked: minimumTier >= .locked, needed: size + secureHeapSize)
        let mapping = try ArenaMapping.make(
            sizeInBytes: size, alsoLocked: secureHeapSize, minimumTier: minimumTier, preferredTier: preferredTier)
        base = mapping.base
        tier = mapping.tier
        sizeInBytes = size
        books = Lock(BuddyBooks(sizeInBytes: size))
    }

    /// Bytes handed out at present, rounded up to blocks.
    public var bytesInUse: Int { books.withLock { $0.bytesInUse } }

    fileprivate func free(offset: Int, blockSize: Int) {
        OPENSSL_cleanse(base + offset, blockSize)
        books.withLock { $0.free(offset: offset) }
    }

    func allocate(byteCount: Int) throws(SecretMemoryError) -> Block {
        guard let found = books.withLock({ $0.allocate(byteCount: max(byteCount, 1)) }) else {
            throw .arenaExhausted(requested: byteCount, arenaSize: sizeInBytes)
        }
        let bytes = UnsafeMutableRawBufferPointer(start: base + found.offset, count: found.size)
        return Block(arena: self, bytes: bytes, offset: found.offset)
    }

    /// One allocation: its owner calls `release()` exactly once.
    struct Block {
        private unowned(unsafe) let arena: SecretArena
        let bytes: UnsafeMutableRawBufferPointer
        private let offset: Int

        fileprivate init(arena: SecretArena, bytes: UnsafeMutableRawBufferPointer, offset: Int) {
            // Unowned: the process's arena lives as long as the process.
            self.arena = arena
            self.bytes = bytes
            self.offset = offset
        }

        func release() { arena.free(offset: offset, blockSize: bytes.count) }
    }
}
