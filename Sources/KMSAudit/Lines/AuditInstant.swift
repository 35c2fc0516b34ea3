import CLinux
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

    /// When a file was last written.
    init(written file: stat) {
        self.init(seconds: file.st_mtim.tv_sec, milliseconds: file.st_mtim.tv_nsec / 1_000_000)
    }

    /// The present moment.
    public static var now: AuditInstant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return AuditInstant(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// `yyyy-MM-dd HH:mm:ss,SSS` in the local time zone, Logback's layout.
    public var localText: String { text(localParts, "-", "-", " ", ":", ":", ",") }

    /// `yyyy-MM-ddTHH:mm:ss.SSS+hh:mm`, the local time with its distance from UTC.
    public var isoText: String {
        let parts = localParts
        let minutes = parts.tm_gmtoff / 60
        let distance = (abs(minutes) / 60).padded(2) + ":" + (abs(minutes) % 60).padded(2)
        return text(parts, "-", "-", "T", ":", ":", ".") + (minutes == 0 ? "Z" : (minutes < 0 ? "-" : "+") + distance)
    }

    /// Year to second in the local time zone.
    var localParts: tm {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return parts
    }

    /// Year, month, day, hour, minute, second and milliseconds with a separator after each but the last.
    private func text(_ parts: tm, _ separators: Unicode.Scalar...) -> String {
        let numbers = [
            Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour), Int(parts.tm_min),
            Int(parts.tm_sec), milliseconds,
        ]
        // Written by hand: it is in every line.
        return String(unsafeUninitializedCapacity: 23) { buffer in
            var end = 0
            for (index, width) in [4, 2, 2, 2, 2, 2, 3].enumerated() {
                var number = numbers[index]
                for place in stride(from: end + width - 1, through: end, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(number % 10)
                    number /= 10
                }
                end += width
                if index < separators.count {
                    buffer[end] = UInt8(ascii: separators[index])
                    end += 1
                }
            }
            return end
        }
    }
}

extension Int {
    /// The digits, with zeros in front up to a width.
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
