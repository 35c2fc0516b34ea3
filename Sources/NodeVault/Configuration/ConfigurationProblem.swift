import Foundation
public import HOCON
import KMSAudit

/// Something in a configuration that is wrong, or that is better written otherwise.
public struct ConfigurationProblem: Error, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The configuration is not taken.
        case error
        /// The configuration is taken.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// Where it is written; nil where something is missing altogether.
    public let origin: HOCONOrigin?
    /// What was found, without the place.
    public let message: String
    /// What to do.
    public let hint: String
    /// Whether a configuration file is missing.
    let isFileMissing: Bool

    init(
        _ severity: Severity = .error, at origin: HOCONOrigin?, _ message: String, hint: String,
        isFileMissing: Bool = false
    ) {
        self.severity = severity
        self.origin = origin
        self.message = message
        self.hint = hint
        self.isFileMissing = isFileMissing
    }

    init(_ error: HOCONError) {
        self.init(
            at: error.origin, error.message, else: Self.hint(error.code), isFileMissing: error.code == .fileNotFound)
    }

    init(_ failure: AuditFailure, at origin: HOCONOrigin?) {
        self.init(at: origin, failure.description, else: Self.hint(.badValue))
    }

    /// As in every room, what follows the last `; ` of a message is what to do.
    private init(
        at origin: HOCONOrigin?, _ sentence: String, else hint: @autoclosure () -> String, isFileMissing: Bool = false
    ) {
        let end = sentence.range(of: "; ", options: .backwards)
        self.init(
            at: origin, end.map { String(sentence[..<$0.lowerBound]) } ?? sentence,
            hint: end.map { String(sentence[$0.upperBound...]) } ?? hint(), isFileMissing: isFileMissing)
    }

    init(_ error: VaultError) { self.init(at: nil, error.message, hint: error.hint ?? Self.hint(.badValue)) }

    private static func hint(_ code: HOCONError.Code) -> String {
        switch code {
        case .badValue, .wrongType, .missing: "correct the value; docs/configuration.md says what each key takes"
        default: "correct the file at this place"
        }
    }

    /// Each once, by file and line; what has no place comes last.
    static func sorted(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        var seen = Set<ConfigurationProblem>()
        let distinct = problems.filter { seen.insert($0).inserted }
        func place(_ index: Int) -> (String, Int, Int, Int) {
            guard let origin = distinct[index].origin else { return ("\u{10FFFF}", 0, 0, index) }
            return ("\(origin.file ?? origin.description)", origin.line ?? 0, origin.column ?? 0, index)
        }
        return distinct.indices.sorted { place($0) < place($1) }.map { distinct[$0] }
    }

    /// The place and the message.
    public var description: String { HOCONError(.badValue, at: origin, message).description }
}

extension VaultError {
    /// What is wrong with a configuration, with file, line and column.
    package init(_ error: HOCONError) { self.init(ConfigurationProblem(error), and: 0) }

    /// The first of the errors in a configuration.
    init(_ problem: ConfigurationProblem, and more: Int) {
        let rest = more == 0 ? "" : "; nodevault config check shows \(more) more"
        self.init(
            problem.isFileMissing ? .configurationMissing : .configuration, operation: "config",
            message: problem.description, hint: problem.hint + rest)
    }
}
