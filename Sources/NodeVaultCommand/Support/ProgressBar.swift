import SecretMemory

/// A bar on standard error while work goes on, where that is a terminal.
final class ProgressBar: Sendable {
    private let label: String
    private let isShown: Bool
    private let lastPermille = Lock(-1)

    init(_ label: String) {
        self.label = label
        isShown = StandardError.isTerminal
    }

    func update(_ done: Int, _ total: Int) {
        guard isShown, total > 0 else { return }
        let permille = done * 1000 / total
        let isNew = lastPermille.withLock { last in
            defer { last = permille }
            return last != permille
        }
        guard isNew else { return }
        let width = 30
        let filled = width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        StandardError.show("\r\(label) [\(bar)] \(done)/\(total)\(done == total ? "\n" : "")")
    }
}
