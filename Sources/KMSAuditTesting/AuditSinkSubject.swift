public import KMSAudit

/// An audit sink under test, and what a test can see and do at the place where its lines go.
public struct AuditSinkSubject: Sendable {
    let sink: any AuditSink
    let written: @Sendable () async throws -> [String]
    let hinder: (@Sendable () async throws -> Void)?
    let allow: @Sendable () async throws -> Void

    /// Describes a fresh sink whose place has no lines yet.
    ///
    /// - Parameters:
    ///   - sink: the sink.
    ///   - written: the lines at its place, in order, as whoever reads the log would see them. A line has to contain
    ///     its request id and message; the layout is the sink's.
    ///   - hinder: makes writing impossible, as a full disk does; nil where no test can.
    ///   - allow: makes it possible again.
    public init(
        sink: any AuditSink, written: @escaping @Sendable () async throws -> [String],
        hinder: (@Sendable () async throws -> Void)? = nil, allow: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.sink = sink
        self.written = written
        self.hinder = hinder
        self.allow = allow
    }
}

/// What a sink did otherwise than it must.
public struct AuditSinkConformanceFailure: Error, CustomStringConvertible {
    /// What was expected, and what was found.
    public let description: String
}

func require(_ condition: Bool, _ expectation: @autoclosure () -> String) throws {
    guard condition else { throw AuditSinkConformanceFailure(description: "expected: \(expectation())") }
}
