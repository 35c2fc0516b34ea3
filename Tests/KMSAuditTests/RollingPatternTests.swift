import Testing

@testable import KMSAudit

@Suite struct RollingPatternTests {
    @Test(arguments: [
        ("yyyy-MM-dd", "2026-03-01"), ("yyyy-MM-dd-HH", "2026-03-01-23"), ("yyyyMMdd_HH.mm", "20260301_23.59"),
        ("dd.MM.yyyy", "01.03.2026"), ("yyyy", "2026"), ("HH:mm:ss-dd-MM-yyyy", "23:59:58-01-03-2026"),
    ])
    func `a pattern dates a file, and knows the date again`(_ pattern: String, _ date: String) throws {
        let pattern = try RollingPattern(pattern)
        let period = RollingPeriod(try LogFiles.instant("2026-03-01 23:59:58"), pattern)
        #expect(pattern.text(of: period) == date)
        #expect(pattern.period(of: date) == period)
        for other in [
            "", date + "0", String(date.dropLast()), "x" + date.dropFirst(), date.replacing("2026", with: "２026"),
        ] {
            #expect(pattern.period(of: other) == nil)
        }
    }

    @Test(arguments: ["", "-", "MM-dd", "yyyy-dd", "yyyy-MM-dd-mm", "yyyy-MM-dd-dd"])
    func `a pattern that gives two periods one name is refused`(_ pattern: String) {
        #expect(throws: AuditFailure.self) { try RollingPattern(pattern) }
    }

    @Test(arguments: [
        "yy-MM-dd", "yyyy-M-dd", "yyyy/MM/dd", "yyyy-ww", "yyyy-MM-dd'T'HH", "yyyy-MM-dd, UTC", "%d{yyyy}",
    ])
    func `letters that are not known are refused by name`(_ pattern: String) {
        let failure = #expect(throws: AuditFailure.self) { try RollingPattern(pattern) }
        #expect(failure?.description.contains("use yyyy, MM, dd, HH, mm and ss") == true)
    }

    @Test func `periods have the order of time, however they are written`() throws {
        let pattern = try RollingPattern("dd-MM-yyyy")
        let dates = ["31-12-2025", "01-01-2026", "15-01-2026", "02-02-2026"]
        #expect(dates.compactMap(pattern.period).sorted() == dates.compactMap(pattern.period))
    }
}
