extension HOCONValue {
    /// A duration: `500 ms`, `10 seconds`, `5m`, `1.5h`, Scala's `40.seconds`, or a number of milliseconds.
    ///
    /// Units: `ns`, `us`, `ms`, `s`, `m`, `h`, `d` and their names, in lower case. Exact to the nanosecond, at most about 292 years.
    public func duration(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> Duration {
        let expected = "a duration such as 500 ms, 10 seconds or 5m"
        let text = try unitText(expected, path)
        guard let unit = DurationText.nanoseconds(in: text.unit), let nanoseconds = text.multiplied(by: unit) else {
            throw badValue(expected, path)
        }
        return .nanoseconds(nanoseconds)
    }

    /// A period of the calendar: `7 days`, `2w`, `3 months`, `1y`, or a number of days.
    public func period(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> HOCONPeriod {
        let expected = "a period such as 7 days, 2w, 3 months or 1y"
        let text = try unitText(expected, path)
        guard let count = Int(text.number), let period = DurationText.period(count, text.unit) else {
            throw badValue(expected, path)
        }
        return period
    }
}

/// A period of the calendar, whose length in seconds depends on where it begins.
public struct HOCONPeriod: Hashable, Sendable {
    /// Whole years.
    public var years = 0
    /// Whole months.
    public var months = 0
    /// Whole days; a week is seven.
    public var days = 0

    /// Makes a period.
    public init(years: Int = 0, months: Int = 0, days: Int = 0) {
        self.years = years
        self.months = months
        self.days = days
    }
}

/// The units of durations and periods.
enum DurationText {
    static func nanoseconds(in unit: Substring) -> Int? {
        switch unit {
        case "ns", "nano", "nanos", "nanosecond", "nanoseconds": 1
        case "us", "micro", "micros", "microsecond", "microseconds": 1_000
        case "", "ms", "milli", "millis", "millisecond", "milliseconds": 1_000_000
        case "s", "second", "seconds": 1_000_000_000
        case "m", "minute", "minutes": 60_000_000_000
        case "h", "hour", "hours": 3_600_000_000_000
        case "d", "day", "days": 86_400_000_000_000
        default: nil
        }
    }

    static func period(_ count: Int, _ unit: Substring) -> HOCONPeriod? {
        switch unit {
        case "", "d", "day", "days": HOCONPeriod(days: count)
        case "w", "week", "weeks":
            count.magnitude <= UInt(Int.max / 7) ? HOCONPeriod(days: count * 7) : nil
        case "m", "mo", "month", "months": HOCONPeriod(months: count)
        case "y", "year", "years": HOCONPeriod(years: count)
        default: nil
        }
    }
}
