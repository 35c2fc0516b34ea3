import ArgumentParser
import NodeVault
import SecretMemory

/// How a job tells how far it is.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
    /// A bar on a terminal, a line a minute elsewhere.
    case auto
    /// One JSON document a line on standard error.
    case json
    /// Nothing.
    case off
}

/// Tells on standard error how far a job is: done, in all, rate and remaining time.
final class JobProgress: Sendable {
    private struct State: Sendable {
        var first: (done: Int, at: ContinuousClock.Instant)?
        var lastShown: ContinuousClock.Instant?
        var width = 0
    }

    private enum Form { case bar, line, json, none }

    private let label: String
    private let form: Form
    private let state = Lock(State())

    init(_ label: String, _ style: ProgressStyle) {
        self.label = label
        form =
            switch style {
            case .auto: StandardError.isTerminal ? .bar : .line
            case .json: .json
            case .off: .none
            }
    }

    private var interval: Duration {
        switch form {
        case .bar, .json: .milliseconds(100)
        case .line, .none: .seconds(60)
        }
    }

    func update(_ done: Int, _ total: Int) {
        guard form != .none, total > 0 else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            let first = state.first ?? (done, now)
            state.first = first
            // A log is told at intervals only; a reader of a bar or of events sees the first and the last, too.
            let isDue = state.lastShown.map { $0.duration(to: now) >= interval } ?? (form != .line)
            if state.lastShown == nil { state.lastShown = now }
            guard isDue || (done == total && form != .line) else { return }
            state.lastShown = now
            let seconds = first.at.duration(to: now) / .seconds(1)
            let rate = seconds > 0 ? Double(done - first.done) / seconds : 0
            show(done, total, rate, &state.width)
        }
    }

    private func show(_ done: Int, _ total: Int, _ rate: Double, _ width: inout Int) {
        let left = rate > 0 ? Double(total - done) / rate : nil
        switch form {
        case .none: break
        case .json: StandardError.write(json(done, total, rate, left))
        case .line: StandardError.write("nodevault: \(label): \(text(done, total, rate, left))")
        case .bar:
            let filled = 30 * done / total
            let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 30 - filled)
            let line = "\(label) [\(bar)] \(text(done, total, rate, left))"
            // A shorter line is to leave nothing of the longer one before it.
            let padding = String(repeating: " ", count: max(0, width - line.count))
            width = line.count
            StandardError.show("\r\(line)\(padding)\(done == total ? "\n" : "")")
        }
    }

    private func text(_ done: Int, _ total: Int, _ rate: Double, _ left: Double?) -> String {
        "\(done)/\(total), \(Self.decimal(rate))/s" + (left.map { ", \(Self.duration($0)) left" } ?? "")
    }

    private func json(_ done: Int, _ total: Int, _ rate: Double, _ left: Double?) -> String {
        "{\"progress\": {\"kind\": \"\(label)\", \"done\": \(done), \"total\": \(total), "
            + "\"perSecond\": \(Self.decimal(rate)), \"secondsLeft\": \(left.map(Self.decimal) ?? "null")}}"
    }

    private static func decimal(_ number: Double) -> String {
        let tenths = Int64(min(number * 10, 1e15))
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int64(min(seconds, 1e12).rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
