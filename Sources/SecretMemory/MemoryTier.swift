/// How well the arena is protected, weakest first.
public enum MemoryTier: String, Sendable, Comparable, CaseIterable {
    /// Ordinary pages, excluded from core dumps where the kernel allows it: they can be swapped out.
    case unlocked
    /// Locked into memory (`mlock`) and excluded from core dumps.
    case locked
    /// `memfd_secret` pages: besides, no other process can read them, not even through `/proc/PID/mem`.
    case memfdSecret = "memfd-secret"

    /// Orders by strength.
    public static func < (left: MemoryTier, right: MemoryTier) -> Bool { left.strength < right.strength }

    private var strength: Int {
        switch self {
        case .unlocked: 0
        case .locked: 1
        case .memfdSecret: 2
        }
    }
}
