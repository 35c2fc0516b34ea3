/// What ties the lines of one task of a node together: 32 hexadecimal digits, as Canton's trace ids.
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
    /// The digits, in lower case.
    public let description: String

    /// Takes 32 hexadecimal digits; nil otherwise.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        description = text.lowercased()
    }

    private init(digits: String) { description = digits }

    /// A fresh id.
    public static func random() -> TraceID { TraceID(digits: HexNumber.random() + HexNumber.random()) }

    /// The id of the caller's task. Where none is set, a call takes that of the task's tracing context
    /// (`ServiceContext`), and without one a fresh id.
    @TaskLocal public static var current: TraceID?
}
