import CLinux
import Glibc

/// A year, a day, an hour …: the time whose lines share a file.
struct RollingPeriod: Hashable, Comparable {
    /// Year, month, day, hour, minute, second, as far as the pattern has them.
    let numbers: [Int]

    init(numbers: [Int]) { self.numbers = numbers }

    /// The period of the pattern that a moment lies in, by local time.
    init(_ instant: AuditInstant, _ pattern: RollingPattern) {
        let parts = instant.localParts
        let numbers = [
            parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
        ]
        self.numbers = numbers.prefix(pattern.precision).map(Int.init)
    }

    static func < (left: RollingPeriod, right: RollingPeriod) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}
