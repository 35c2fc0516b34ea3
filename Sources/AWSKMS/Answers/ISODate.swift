import Glibc

/// The moments that AWS's credentials end at. Source: ISO 8601 as in RFC 3339, section 5.6.
enum ISODate {
    /// Seconds since 1970 of `2026-11-24T00:25:49Z`, `…49.123Z` or `…49+01:00`, fractions cut off; nil for any other
    /// text.
    static func secondsSince1970(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int32? {
            guard start + count <= bytes.count else { return nil }
            let digits = bytes[start..<start + count]
            guard digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
        }
        let separators: [(Int, UInt8)] = [(4, 0x2d), (7, 0x2d), (10, 0x54), (13, 0x3a), (16, 0x3a)]
        guard bytes.count >= 20, separators.allSatisfy({ bytes[$0.0] == $0.1 }),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2),
            year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var zone = bytes[19...]
        if zone.first == UInt8(ascii: ".") {
            zone = zone.dropFirst()
            let digits = zone.prefix(while: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
            guard !digits.isEmpty else { return nil }
            zone = zone.dropFirst(digits.count)
        }
        guard let offset = offsetInSeconds(String(decoding: zone, as: UTF8.self)) else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = month - 1
        parts.tm_mday = day
        parts.tm_hour = hour
        parts.tm_min = minute
        parts.tm_sec = second
        return timegm(&parts) - offset
    }

    private static func offsetInSeconds(_ zone: String) -> Int? {
        if zone == "Z" { return 0 }
        let digits = zone.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard zone.first == "+" || zone.first == "-", digits.count == 2, digits.allSatisfy({ $0.utf8.count == 2 }),
            let hours = UInt8(digits[0]), let minutes = UInt8(digits[1]), hours < 24, minutes < 60
        else { return nil }
        return (zone.first == "-" ? -1 : 1) * (Int(hours) * 3600 + Int(minutes) * 60)
    }
}
