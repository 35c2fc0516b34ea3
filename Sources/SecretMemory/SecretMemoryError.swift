/// Why secret memory could not be had. Each message says what to do.
public enum SecretMemoryError: Error, Equatable, Sendable {
    /// No block of `requested` bytes is left in an arena of `arenaSize` bytes.
    case arenaExhausted(requested: Int, arenaSize: Int)
    /// The process may lock `limit` bytes and needs `needed`.
    case memoryLockLimit(needed: Int, limit: Int)
    /// The arena stands at a lower tier than was asked for.
    case tierUnavailable(wanted: MemoryTier, found: MemoryTier)
    /// The kernel refused the mapping, with this `errno`.
    case mappingFailed(errno: Int32)
    /// OpenSSL's random generator failed.
    case randomUnavailable
}

extension SecretMemoryError: CustomStringConvertible {
    /// One sentence for the operator.
    public var description: String {
        switch self {
        case .arenaExhausted(let requested, let size):
            "no room for \(requested) bytes in the secret arena of \(size) bytes; raise cache.arena-size"
        case .memoryLockLimit(let needed, let limit):
            "RLIMIT_MEMLOCK is \(limit) bytes and \(needed) are needed to lock secrets into memory; raise it "
                + "(ulimit -l \((needed + 1023) / 1024), LimitMEMLOCK=\(needed) in systemd, --ulimit memlock=\(needed) "
                + "for a container) or lower cache.arena-size"
        case .tierUnavailable(let wanted, let found):
            "secret memory stands at tier \(found.rawValue), and \(wanted.rawValue) was asked for; lower "
                + "cache.minimum-memory-tier, or run on a kernel that offers it"
        case .mappingFailed(let number):
            "the kernel refused memory for the secret arena (errno \(number))"
        case .randomUnavailable:
            "OpenSSL's random generator failed; check that the system's entropy source works"
        }
    }
}
