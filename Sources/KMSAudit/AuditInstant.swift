import Glibc

/// A moment of the wall clock.
public struct AuditInstant: Hashable, Sendable {
    /// Seconds since 1970 UTC.
    public let seconds: Int
    /// 0 to 999.
    public let milliseconds: Int

    /// A moment by number.
    public init(seconds: Int, milliseconds: Int) {
        self.seconds = seconds
        self.milliseconds = milliseconds
    }

    /// The present moment.
    public static var now: AuditInstant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return AuditInstant(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// `yyyy-MM-dd HH:mm:ss,SSS` in the local time zone, Logback's layout.
    public var localText: String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        let date = [padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1), padded(Int(parts.tm_mday))]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0)) }
        return date.joined(separator: "-") + " " + clock.joined(separator: ":") + "," + padded(milliseconds, 3)
    }

    private func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
