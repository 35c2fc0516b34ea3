/// How a rolled file is dated, in Logback's letters: `yyyy-MM-dd` rolls daily, `yyyy-MM-dd-HH` hourly.
///
/// Known are `yyyy`, `MM`, `dd`, `HH`, `mm` and `ss`, each at most once and none without the coarser ones: otherwise
/// the files of two periods would have one name. Between them stand `-`, `_`, `.` and `:`. Times are local.
public struct RollingPattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as given.
    public let description: String
    private let parts: [Part]
    /// How many numbers of a date count: 3 for a daily pattern.
    let precision: Int

    private enum Part: Hashable {
        case number(index: Int, width: Int)
        case separator(Character)
    }

    private static let letters = ["yyyy", "MM", "dd", "HH", "mm", "ss"]

    /// Canton's default.
    public static let daily = RollingPattern(
        "yyyy-MM-dd",
        [.number(index: 0, width: 4), .separator("-")]
            + [.number(index: 1, width: 2), .separator("-"), .number(index: 2, width: 2)], precision: 3)

    private init(_ description: String, _ parts: [Part], precision: Int) {
        self.description = description
        self.parts = parts
        self.precision = precision
    }

    /// Reads a pattern.
    ///
    /// - Throws: ``AuditFailure`` that says what is wrong with it.
    public init(_ text: String) throws(AuditFailure) {
        var parts: [Part] = []
        var found: Set<Int> = []
        var rest = text[...]
        while let first = rest.first {
            if "-_.:".contains(first) {
                parts.append(.separator(first))
                rest.removeFirst()
                continue
            }
            let run = rest.prefix { $0 == first }
            guard let index = Self.letters.firstIndex(of: String(run)), found.insert(index).inserted else {
                throw AuditFailure(
                    """
                    the rolling pattern "\(text.printable)" has "\(String(run).printable)"; use yyyy, MM, dd, HH, mm \
                    and ss, each at most once, with - _ . or : between them
                    """)
            }
            parts.append(.number(index: index, width: run.count))
            rest = rest.dropFirst(run.count)
        }
        guard let finest = found.max(), found.count == finest + 1 else {
            throw AuditFailure(
                "the rolling pattern \"\(text.printable)\" does not tell one period from another; begin with yyyy and "
                    + "leave no coarser unit out, as in yyyy-MM-dd")
        }
        self.init(text, parts, precision: finest + 1)
    }

    /// Whether two moments may lie in different periods: a quick look, since it is asked for every line.
    func canDivide(_ first: AuditInstant, _ second: AuditInstant) -> Bool {
        let unit = precision < Self.letters.count ? 60 : 1
        return first.seconds / unit != second.seconds / unit
    }

    /// The date of a period in the name of its file.
    func text(of period: RollingPeriod) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .number(let index, let width): text += period.numbers[index].padded(width)
            case .separator(let character): text.append(character)
            }
        }
    }

    /// The period that a file's name was made of; nil where the text is no date of this pattern.
    func period(of text: some StringProtocol) -> RollingPeriod? {
        var numbers = [Int](repeating: 0, count: precision)
        var rest = Substring(text)
        for part in parts {
            switch part {
            case .number(let index, let width):
                let digits = rest.prefix(width)
                guard digits.count == width, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
                    let number = Int(digits)
                else { return nil }
                numbers[index] = number
                rest = rest.dropFirst(width)
            case .separator(let character):
                guard rest.first == character else { return nil }
                rest = rest.dropFirst()
            }
        }
        return rest.isEmpty ? RollingPeriod(numbers: numbers) : nil
    }
}
