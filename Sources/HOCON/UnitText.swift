/// A number with a unit, such as `10 seconds`, `40.seconds` or `512K`.
struct UnitText {
    /// The number as written.
    let number: Substring
    /// The unit as written, or nothing.
    let unit: Substring

    /// Splits a text, or returns nil when it begins with no number.
    init?(_ text: String) {
        let trimmed = Space.trimmed(text)
        let unitStart = trimmed.unicodeScalars.lastIndex { !$0.properties.isAlphabetic }
        let end = unitStart.map { trimmed.unicodeScalars.index(after: $0) } ?? trimmed.startIndex
        unit = trimmed[end...]
        number = Space.trimmed(String(trimmed[..<end]))
        guard NumberText.isNumber(Array(number.utf8)[...]) else { return nil }
    }

    /// The number times `factor` without the fraction, or nil when it does not fit.
    func multiplied(by factor: Int) -> Int? {
        if let whole = Int(number) {
            let (product, isTooLarge) = whole.multipliedReportingOverflow(by: factor)
            return isTooLarge ? nil : product
        }
        guard let value = Double(NumberText.json(String(number))) else { return nil }
        return Int(exactly: (value * Double(factor)).rounded(.towardZero))
    }
}

extension HOCONValue {
    /// The text of a value that may carry a unit: a string, or a number in the default unit.
    func unitText(_ expected: String, _ path: HOCONPath) throws(HOCONError) -> UnitText {
        switch content {
        case .string(let text), .number(let text):
            guard let unitText = UnitText(text) else { throw badValue(expected, path) }
            return unitText
        case .null, .boolean, .list, .object: throw wrongType(expected, path)
        }
    }
}
