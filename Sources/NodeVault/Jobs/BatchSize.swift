/// How many records a batch has, so that it holds the database for about ``aim``, whatever the disk and the machine are.
struct BatchSize: Sendable {
    /// Half of what a batch may take at most: one that meets a slow moment stays within it.
    static let aim = Duration.milliseconds(5)
    private static let most = 512

    private(set) var count = 8

    /// Takes in how long a batch of that many took.
    mutating func adapt(to elapsed: Duration, of records: Int) {
        guard elapsed > .zero, records > 0 else { return }
        let fitting = Int((Double(records) * (Self.aim / elapsed)).rounded(.down))
        // Down at once, up by doubling.
        count = min(max(fitting, 1), count * 2, Self.most)
    }
}
