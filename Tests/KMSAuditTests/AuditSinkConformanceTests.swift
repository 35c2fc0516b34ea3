import Foundation
import KMSAudit
import KMSAuditTesting
import SecretMemory
import Testing

@Suite struct AuditSinkConformanceTests {
    @Test(arguments: AuditSinkConformance.all, [AuditLine.Format.text, .json])
    func `an audit file is an audit sink`(_ check: AuditSinkConformance, _ format: AuditLine.Format) async throws {
        let files = try LogFiles()
        let path = files.path
        for options in [
            AuditFile.Options(format: format), .init(format: format, rolling: .init()),
            .init(format: format, syncs: true),
        ] {
            try? FileManager.default.removeItem(atPath: path)
            try await check.run(
                on: AuditSinkSubject(
                    sink: try AuditFile(path: path, options: options),
                    written: {
                        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
                            .split(separator: "\n").map(String.init)
                    },
                    // A folder in the file's place: the file is looked at before each line.
                    hinder: {
                        try FileManager.default.moveItem(atPath: path, toPath: path + ".aside")
                        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                    },
                    allow: {
                        try FileManager.default.removeItem(atPath: path)
                        try FileManager.default.moveItem(atPath: path + ".aside", toPath: path)
                    }))
        }
    }

    /// What an implementer can get wrong, and the check that must find it.
    enum Flaw: CaseIterable {
        case forgets, shortens, interleaves, hidesFailures, losesOnClose

        var sentence: String {
            switch self {
            case .forgets: "a line is there"
            case .shortens: "long lines"
            case .interleaves: "lines of several threads"
            case .hidesFailures: "what cannot be written"
            case .losesOnClose: "closing loses nothing"
            }
        }
    }

    @Test(arguments: Flaw.allCases) func `a sink with a flaw does not pass`(_ flaw: Flaw) async throws {
        let check = try #require(AuditSinkConformance.all.first { $0.description.hasPrefix(flaw.sentence) })
        func subject(_ sink: FlawedSink) -> AuditSinkSubject {
            AuditSinkSubject(
                sink: sink, written: { sink.lines }, hinder: { sink.setHindered(true) },
                allow: { sink.setHindered(false) })
        }
        try await check.run(on: subject(FlawedSink(nil)))
        await #expect(throws: AuditSinkConformanceFailure.self) { try await check.run(on: subject(FlawedSink(flaw))) }
    }
}

/// Keeps lines in memory, with at most one flaw.
private final class FlawedSink: AuditSink {
    private let state = Lock((lines: [String](), isHindered: false))
    private let flaw: AuditSinkConformanceTests.Flaw?

    init(_ flaw: AuditSinkConformanceTests.Flaw?) { self.flaw = flaw }

    var lines: [String] { state.withLock { $0.lines } }

    func setHindered(_ isHindered: Bool) { state.withLock { $0.isHindered = isHindered } }

    func write(_ line: AuditLine) throws {
        try state.withLock { state throws(AuditFailure) in
            if state.isHindered {
                if flaw == .hidesFailures { return }
                throw AuditFailure("the place is gone")
            }
            switch flaw {
            case .forgets where state.lines.count == 3: return
            case .shortens: state.lines.append(String(line.text.prefix(400)))
            case .interleaves where state.lines.count % 100 == 99:
                state.lines.append((state.lines.popLast() ?? "") + line.text)
            default: state.lines.append(line.text)
            }
        }
    }

    func close() { if flaw == .losesOnClose { state.withLock { state in state.lines = [] } } }
}
