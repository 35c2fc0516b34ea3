import Glibc

/// The moment of a signature, to the second, as Signature Version 4 writes it.
struct SigningTime: Sendable, Hashable {
    let secondsSince1970: Int

    init(secondsSince1970: Int) { self.secondsSince1970 = secondsSince1970 }

    /// The clock's time, moved by what the KMS's clock was found to differ.
    static func now(offsetInSeconds: Int) -> SigningTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return SigningTime(secondsSince1970: time.tv_sec + offsetInSeconds)
    }

    /// `20150830T123600Z`.
    var timestamp: String {
        let parts = calendar
        return day + "T" + padded(parts.tm_hour) + padded(parts.tm_min) + padded(parts.tm_sec) + "Z"
    }

    /// `20150830`.
    var day: String {
        let parts = calendar
        return String(parts.tm_year + 1900) + padded(parts.tm_mon + 1) + padded(parts.tm_mday)
    }

    private var calendar: tm {
        var seconds = time_t(secondsSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    private func padded(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
}
