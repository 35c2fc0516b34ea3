extension HOCONValue {
    /// A size in bytes: `512`, `64 KiB`, `10MB`, `1.5G`. One-letter units are powers of two, as in Java's options.
    ///
    /// At most 2^63 - 1 and never negative.
    public func sizeInBytes(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> Int {
        let expected = "a size in bytes such as 512, 64 KiB or 10MB"
        let text = try unitText(expected, path)
        guard let unit = SizeText.bytes(in: text.unit), let size = text.multiplied(by: unit), size >= 0 else {
            throw badValue(expected, path)
        }
        return size
    }
}

/// The units of sizes. The zetta and yotta units do not fit 64 bits, so they are refused with the values that do not fit.
enum SizeText {
    private static let prefixes = [
        ("kilo", "kibi"), ("mega", "mebi"), ("giga", "gibi"), ("tera", "tebi"), ("peta", "pebi"), ("exa", "exbi"),
    ]

    static func bytes(in unit: Substring) -> Int? {
        if ["", "b", "B", "byte", "bytes"].contains(unit) { return 1 }
        var decimal = 1
        var binary = 1
        for (decimalName, binaryName) in prefixes {
            decimal *= 1_000
            binary *= 1_024
            let letter = decimalName.prefix(1)
            let upper = letter.uppercased()
            if [letter, upper[...], "\(upper)i", "\(upper)iB", "\(binaryName)byte", "\(binaryName)bytes"].contains(unit)
            {
                return binary
            }
            let short = decimal == 1_000 ? "kB" : "\(upper)B"
            if [short[...], "\(decimalName)byte", "\(decimalName)bytes"].contains(unit) { return decimal }
        }
        return nil
    }
}
