import Glibc
import KMSAudit
import KeyManagement
import Logging

/// Measures audited lines and bare `write`s of equal length in turns, and prints rows for docs/benchmarks.md.
///
/// Arguments: a folder on the disk to measure, and how many rounds.
@main
struct AuditLines {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let rounds = Int(arguments[2]), rounds > 2 else {
            fatalError("usage: audit-lines FOLDER ROUNDS")
        }
        let bench = try Bench(folder: arguments[1], rounds: rounds)
        try await bench.oneCaller(syncs: true, lines: 100)
        try await bench.oneCaller(syncs: false, lines: 4000)
        try await bench.file(lines: 4000)
        try await bench.manyCallers(syncs: false, lines: 12_800)
        try await bench.grouped(lines: 640)
    }
}

struct Bench {
    let folder: String
    let rounds: Int
    private let kms = EmptyKMS()
    private static let line = String(repeating: "x", count: 295) + "\n"

    init(folder: String, rounds: Int) throws {
        self.folder = folder
        self.rounds = rounds
    }

    private func audited(_ name: String, syncs: Bool) throws -> AuditedKMS {
        let file = try AuditFile(path: folder + "/" + name, options: .init(rolling: .init(), syncs: syncs))
        let log = AuditLog(
            node: AuditedNode(kind: .participant, name: "participant1"), sink: file,
            warnings: Logger(label: "benchmark"))
        return AuditedKMS(kms, log: log)
    }

    /// A caller that writes one line after another, through an audited call, and bare.
    func oneCaller(syncs: Bool, lines: Int) async throws {
        let audited = try audited("audited-\(syncs).log", syncs: syncs)
        let bare = BareFile(folder + "/bare-\(syncs).log")
        var pairs: [(ours: Double, bare: Double)] = []
        for _ in 0..<rounds {
            let ours = try await nanoseconds {
                for _ in 0..<lines / 2 { _ = try await audited.describeKey(EmptyKMS.key) }
            }
            let theirs = try await nanoseconds { for _ in 0..<lines { bare.write(Self.line, syncs: syncs) } }
            pairs.append((ours / Double(lines), theirs / Double(lines)))
        }
        let calls = syncs ? "`write` and `fdatasync`" : "`write`"
        report("An audited line\(syncs ? ", `audit.sync = on`" : "")", "\(calls) of as many bytes", pairs)
    }

    /// What of it is spent in the file itself, without the way to its thread.
    func file(lines: Int) async throws {
        let sink = try AuditFile(path: folder + "/file.log", options: .init(rolling: .init()))
        let bare = BareFile(folder + "/bare-file.log")
        let capture = LineCapture()
        let log = AuditLog(
            node: AuditedNode(kind: .participant, name: "participant1"), sink: capture,
            warnings: Logger(label: "benchmark"))
        _ = try await AuditedKMS(kms, log: log).describeKey(EmptyKMS.key)
        guard let line = capture.line else { fatalError("no line") }
        var pairs: [(ours: Double, bare: Double)] = []
        for _ in 0..<rounds {
            let ours = try await nanoseconds { for _ in 0..<lines { try sink.write(line) } }
            let theirs = try await nanoseconds { for _ in 0..<lines { bare.write(Self.line, syncs: false) } }
            pairs.append((ours / Double(lines), theirs / Double(lines)))
        }
        report("`AuditFile.write`", "`write` of as many bytes", pairs)
    }

    /// 64 callers at once, per line.
    func manyCallers(syncs: Bool, lines: Int) async throws {
        let audited = try audited("many.log", syncs: syncs)
        let bare = BareFile(folder + "/bare-many.log")
        var pairs: [(ours: Double, bare: Double)] = []
        for _ in 0..<rounds {
            let ours = try await nanoseconds { try await callers(64, lines: lines, audited) }
            let theirs = try await nanoseconds { for _ in 0..<lines { bare.write(Self.line, syncs: syncs) } }
            pairs.append((ours / Double(lines), theirs / Double(lines)))
        }
        report("An audited line of 64 callers", "`write` of as many bytes, one after another", pairs)
    }

    /// How much faster 64 callers are than one when each line waits for the disk.
    func grouped(lines: Int) async throws {
        let audited = try audited("grouped.log", syncs: true)
        var pairs: [(ours: Double, bare: Double)] = []
        for _ in 0..<rounds {
            let one = try await nanoseconds { try await callers(1, lines: lines / 8, audited) }
            let many = try await nanoseconds { try await callers(64, lines: lines, audited) }
            pairs.append((many / Double(lines), one / Double(lines / 8)))
        }
        report("A synced line of 64 callers", "a synced line of one caller", pairs)
    }

    private func callers(_ count: Int, lines: Int, _ kms: AuditedKMS) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { for _ in 0..<lines / 2 / count { _ = try await kms.describeKey(EmptyKMS.key) } }
            }
            try await group.waitForAll()
        }
    }

    private func nanoseconds(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - start) / .nanoseconds(1)
    }

    private func report(_ what: String, _ baseline: String, _ pairs: [(ours: Double, bare: Double)]) {
        let ratios = pairs.map { $0.ours / $0.bare }.sorted()
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        func micro(_ value: Double) -> String { "\((value / 10).rounded() / 100) µs" }
        func short(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
        print(
            "| \(what) | \(baseline) | \(micro(median(pairs.map(\.ours)))) | \(micro(median(pairs.map(\.bare)))) | "
                + "**\(short(median(ratios)))** | \(short(ratios[0])) to \(short(ratios[ratios.count - 1])) |")
    }
}
