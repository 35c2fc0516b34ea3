/// What is wrong with a configuration, and where.
///
/// Two errors are equal when their codes are equal. The message is one lower-case sentence that says what was expected, what was
/// found and what to do. It never contains the value of a key that looks like a secret.
public struct HOCONError: Error, Equatable, Sendable {
    /// The kind of an error. Codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable name of the code, for example `syntax`.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The text is not HOCON.
        public static let syntax = Code("syntax")
        /// The file is not UTF-8.
        public static let encoding = Code("encoding")
        /// A configuration file, or one named by `include required(…)`, does not exist.
        public static let fileNotFound = Code("file-not-found")
        /// A file exists and cannot be read.
        public static let fileUnreadable = Code("file-unreadable")
        /// An `include` of a kind that is not supported, such as `url()`.
        public static let unsupportedInclude = Code("unsupported-include")
        /// A file includes itself, directly or through others.
        public static let includeLoop = Code("include-loop")
        /// A `${…}` names something that is neither in the configuration nor in the environment.
        public static let unresolvedSubstitution = Code("unresolved-substitution")
        /// Substitutions lead back to themselves, and no earlier value breaks the circle.
        public static let substitutionCycle = Code("substitution-cycle")
        /// Values that cannot be concatenated stand side by side, for example a list and a string.
        public static let concatenation = Code("concatenation")
        /// A bound of ``HOCONLimits`` was passed.
        public static let limitExceeded = Code("limit-exceeded")
        /// The path of a typed access has no value, or null.
        public static let missing = Code("missing")
        /// The value exists and has another type than the one that was asked for.
        public static let wrongType = Code("wrong-type")
        /// The value has the right type and cannot be understood, for example `5 parsecs` as a duration.
        public static let badValue = Code("bad-value")
    }

    /// What kind of error this is.
    public let code: Code
    /// Where it is, when it is somewhere.
    public let origin: HOCONOrigin?
    /// One lower-case sentence, without the place.
    public let message: String

    /// Makes an error at a place.
    public init(_ code: Code, at origin: HOCONOrigin?, _ message: String) {
        self.code = code
        self.origin = origin
        self.message = message
    }

    /// The file, when the error is in one.
    public var file: String? { origin?.file }

    /// The line, counted from 1.
    public var line: Int? { origin?.line }

    /// The column in bytes of UTF-8, counted from 1.
    public var column: Int? { origin?.column }

    /// True when the codes are equal.
    public static func == (left: HOCONError, right: HOCONError) -> Bool {
        left.code == right.code
    }
}

extension HOCONError: CustomStringConvertible {
    /// `file:line:column: message`, or `override KEY: message`.
    public var description: String {
        guard let origin else { return message }
        switch origin.source {
        case .file, .text: return "\(origin)\(column.map { ":\($0)" } ?? ""): \(message)"
        case .environment, .override: return "\(origin): \(message)"
        }
    }
}
