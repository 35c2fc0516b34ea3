import KMSAudit
import KeyManagement

/// One thing that every `AuditSink` must do, as a sentence and a check. A node runs all of them on its own sink:
///
/// ```swift
/// @Test(arguments: AuditSinkConformance.all)
/// func `our sink is an audit sink`(_ check: AuditSinkConformance) async throws {
///     let place = try Place()
///     try await check.run(on: AuditSinkSubject(sink: OurSink(place), written: { try place.lines() }))
/// }
/// ```
public struct AuditSinkConformance: Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String
    private let body: @Sendable (AuditSinkSubject) async throws -> Void

    private init(_ description: String, _ body: @escaping @Sendable (AuditSinkSubject) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Runs the check on a fresh subject.
    ///
    /// - Throws: ``AuditSinkConformanceFailure`` with what was expected, or the sink's own error.
    public func run(on subject: AuditSinkSubject) async throws { try await body(subject) }

    /// All checks.
    public static let all: [AuditSinkConformance] = [
        AuditSinkConformance("a line is there, once and whole, when write and commit have returned") { subject in
            for number in 0..<5 {
                let line = SampleLine.make(number)
                try subject.sink.write(line)
                try subject.sink.commit()
                let written = try await subject.written()
                try require(written.count == number + 1, "\(number + 1) lines; found \(written.count)")
                try require(SampleLine.isIn(written[number], line), "\"\(line.message)\"; found \"\(written[number])\"")
            }
        },
        AuditSinkConformance("long lines and those beyond ASCII stay as they are") { subject in
            for (number, text) in ["ключ-🗝️", String(repeating: "a", count: 2000), "\"quoted\" \\ {}"].enumerated() {
                let line = SampleLine.make(number, text)
                try subject.sink.write(line)
                try subject.sink.commit()
                let written = try await subject.written()
                try require(written.count == number + 1, "\(number + 1) lines; found \(written.count)")
                try require(SampleLine.isIn(written[number], line), "\"\(line.message)\"; found \"\(written[number])\"")
            }
        },
        AuditSinkConformance("lines of several threads are all there, and none is in another") { subject in
            let (writers, each) = (8, 50)
            let sink = subject.sink
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<each {
                            try sink.write(
                                SampleLine.make(writer * each + number, String(repeating: "x", count: number * 9)))
                        }
                        try sink.commit()
                    }
                }
                try await group.waitForAll()
            }
            let written = try await subject.written()
            try require(written.count == writers * each, "\(writers * each) lines; found \(written.count)")
            for number in 0..<writers * each {
                let line = SampleLine.make(number, String(repeating: "x", count: number % each * 9))
                let found = written.count { SampleLine.isIn($0, line) }
                try require(found == 1, "one line \(number); found \(found)")
            }
        },
        AuditSinkConformance("what cannot be written is an error that tells why, and the next line has its place") {
            subject in
            guard let hinder = subject.hinder else { return }
            let lines = (0..<3).map { SampleLine.make($0) }
            try subject.sink.write(lines[0])
            try subject.sink.commit()
            try await hinder()
            var reason: String?
            do {
                try subject.sink.write(lines[1])
                try subject.sink.commit()
            } catch { reason = String(describing: error) }
            try require(reason != nil, "an error of a line that cannot be written")
            try require(reason?.isEmpty == false, "a sentence in the error")
            try require(subject.sink.reportsFailures, "reportsFailures of a sink that throws")
            try await subject.allow()
            try subject.sink.write(lines[2])
            try subject.sink.commit()
            let written = try await subject.written()
            for line in [lines[0], lines[2]] {
                let found = written.count { SampleLine.isIn($0, line) }
                try require(found == 1, "\"\(line.message)\" once; found \(found) times")
            }
        },
        AuditSinkConformance("closing loses nothing, and a line after it is written or refused") { subject in
            let lines = (0..<2).map { SampleLine.make($0) }
            try subject.sink.write(lines[0])
            try subject.sink.close()
            var isRefused = false
            do {
                try subject.sink.write(lines[1])
                try subject.sink.close()
            } catch { isRefused = true }
            let written = try await subject.written()
            try require(written.count == (isRefused ? 1 : 2), "\(isRefused ? 1 : 2) lines; found \(written.count)")
        },
    ]
}

/// Lines of the checks.
enum SampleLine {
    static func make(_ number: Int, _ text: String = "") -> AuditLine {
        let digits = String(number, radix: 16)
        let id = String(repeating: "0", count: 16 - digits.count) + digits
        let error = KMSError(.unavailable, operation: .decrypt, message: "sample \(id) \(text)|", requestID: id)
        return AuditLine(
            instant: .now, thread: "conformance", node: AuditedNode(kind: .participant, name: "participant1"),
            traceID: .random(), requestID: id, event: .failed(error, key: nil))
    }

    /// Whether a written line has the message: as text, or escaped as a JSON text.
    static func isIn(_ written: String, _ line: AuditLine) -> Bool {
        guard written.contains(line.requestID) else { return false }
        let escaped = line.message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return written.contains(line.message) || written.contains(escaped)
    }
}
