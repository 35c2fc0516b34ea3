/// Where a key or a value was written: a place in a file, an environment variable or an override.
public struct HOCONOrigin: Hashable, Sendable {
    /// What the text came from.
    public enum Source: Hashable, Sendable {
        /// A file, by the path it was opened under.
        case file(String)
        /// A text given by the program, by the name the program gave it.
        case text(String)
        /// An environment variable, by its name.
        case environment(String)
        /// A `key=value` override, by its key.
        case override(String)
    }

    private let document: Document
    private let storedLine: UInt32
    private let storedColumn: UInt32

    init(_ document: Document, line: UInt32, column: UInt32) {
        self.document = document
        self.storedLine = line
        self.storedColumn = column
    }

    /// Makes the origin of something that has no line, such as an environment variable.
    public init(_ source: Source) {
        self.init(Document(source), line: 0, column: 0)
    }

    /// What the text came from.
    public var source: Source { document.source }

    /// The file, when it came from one.
    public var file: String? {
        if case .file(let path) = source { path } else { nil }
    }

    /// The line, counted from 1; nil for an environment variable.
    public var line: Int? { storedLine == 0 ? nil : Int(storedLine) }

    /// The column in bytes of UTF-8, counted from 1; nil for an environment variable.
    public var column: Int? { storedColumn == 0 ? nil : Int(storedColumn) }

    /// True when source, line and column are equal.
    public static func == (left: HOCONOrigin, right: HOCONOrigin) -> Bool {
        left.storedLine == right.storedLine && left.storedColumn == right.storedColumn && left.source == right.source
    }

    /// Hashes source, line and column.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(source)
        hasher.combine(storedLine)
        hasher.combine(storedColumn)
    }
}

extension HOCONOrigin: CustomStringConvertible {
    /// `file:line`, `environment variable NAME` or `override KEY`.
    public var description: String {
        switch source {
        case .file(let name), .text(let name): line.map { "\(name):\($0)" } ?? name
        case .environment(let name): "environment variable \(name)"
        case .override(let key): "override \(key)"
        }
    }
}

/// The source that the origins of one text share, so that an origin costs 16 bytes.
final class Document: Sendable {
    let source: HOCONOrigin.Source
    /// The directory that the text's includes start from; nil when it has none.
    let directory: String?

    init(_ source: HOCONOrigin.Source, directory: String? = nil) {
        self.source = source
        self.directory = directory
    }
}
