import CLinux
import Glibc

/// The pages of an arena: mapped, guarded on both sides, locked, excluded from core dumps and from forks.
struct ArenaMapping {
    let base: UnsafeMutableRawPointer
    let tier: MemoryTier

    /// Maps at the best tier that can be had, not above `preferredTier` and not below `minimumTier`.
    ///
    /// - Parameter alsoLocked: bytes that OpenSSL's secure heap will lock besides; named in the error.
    static func make(
        sizeInBytes: Int, alsoLocked: Int, minimumTier: MemoryTier, preferredTier: MemoryTier
    ) throws(SecretMemoryError) -> ArenaMapping {
        let needed = sizeInBytes + alsoLocked
        if preferredTier == .memfdSecret, let base = try mapSecret(sizeInBytes) {
            return ArenaMapping(base: base, tier: .memfdSecret)
        }
        guard minimumTier < .memfdSecret else {
            throw .tierUnavailable(wanted: minimumTier, found: .locked)
        }
        let base = try mapBetweenGuards(sizeInBytes, descriptor: -1)
        if preferredTier >= .locked, mlock(base, sizeInBytes) == 0 {
            return ArenaMapping(base: base, tier: .locked)
        }
        guard minimumTier == .unlocked else {
            munmap(base, sizeInBytes)
            throw .memoryLockLimit(needed: needed, limit: lockLimit())
        }
        return ArenaMapping(base: base, tier: .unlocked)
    }

    /// `memfd_secret` pages, or nil where the kernel has none or the lock limit is too low.
    private static func mapSecret(_ sizeInBytes: Int) throws(SecretMemoryError) -> UnsafeMutableRawPointer? {
        let descriptor = nodevault_memfd_secret()
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(sizeInBytes)) == 0 else { return nil }
        return try? mapBetweenGuards(sizeInBytes, descriptor: descriptor)
    }

    private static func mapBetweenGuards(
        _ sizeInBytes: Int, descriptor: Int32
    ) throws(SecretMemoryError) -> UnsafeMutableRawPointer {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let reserved = mmap(nil, sizeInBytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let reserved, reserved != MAP_FAILED else { throw .mappingFailed(errno: errno) }
        let flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
        let base = mmap(reserved + page, sizeInBytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED, descriptor, 0)
        guard let base, base != MAP_FAILED else {
            let number = errno
            munmap(reserved, sizeInBytes + 2 * page)
            throw .mappingFailed(errno: number)
        }
        // One advice a call: they are not flags. A kernel that lacks one leaves the tier as it is.
        madvise(base, sizeInBytes, MADV_DONTDUMP)
        madvise(base, sizeInBytes, MADV_DONTFORK)
        return base
    }

    static func lockLimit() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
