public import HOCON

/// A key below a node's `crypto` that this version reads. `docs/configuration.md` has them all in one table.
public struct ConfigurationKey: Hashable, Sendable, CustomStringConvertible {
    /// What a value may be.
    public enum ValueType: Hashable, Sendable {
        /// A region of AWS.
        case region
        /// An http or https URL of a host.
        case url
        /// A key id, key ARN, `alias/NAME` or alias ARN.
        case wrapperKey
        /// A path, relative to the file that names it.
        case path
        /// True or false.
        case boolean
        /// A whole number within bounds.
        case integer(ClosedRange<Int>)
        /// A time longer than nothing; a bare number is milliseconds.
        case duration
        /// A size within bounds; a bare number is bytes.
        case size(ClosedRange<Int>)
        /// One of these words.
        case choice([String])
        /// A list of AWS account numbers.
        case accounts
        /// Tags of AWS: texts by names.
        case tags
    }

    /// Where a key has a meaning.
    enum Scope: Hashable, Sendable {
        case always, encrypted, service, aws, local
    }

    /// The path below `crypto`.
    public let path: HOCONPath
    /// What its value may be.
    public let type: ValueType
    /// The value where none is written, as a file would have it; nil where there is none. `NAME` is the node's name.
    public let defaultText: String?
    /// Whether ``KeyStore/reload(_:)`` applies a change of it.
    public let isReloadable: Bool
    let scope: Scope

    init(
        _ path: HOCONPath, _ type: ValueType, default defaultText: String? = nil, in scope: Scope = .always,
        reloadable isReloadable: Bool = false
    ) {
        self.path = path
        self.type = type
        self.defaultText = defaultText
        self.scope = scope
        self.isReloadable = isReloadable
    }

    /// The path below `crypto`, as a file would write it.
    public var description: String { path.description }
}

extension ConfigurationKey.ValueType: CustomStringConvertible {
    /// In the words of the documentation.
    public var description: String {
        switch self {
        case .region: "region of AWS"
        case .url: "URL"
        case .wrapperKey: "text, 1 to 300 characters"
        case .path: "path"
        case .boolean: "boolean"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .duration: "duration"
        case .size(let range): "\(Self.size(range.lowerBound)) to \(Self.size(range.upperBound))"
        case .choice(let words): words.joined(separator: " or ")
        case .accounts: "list of account numbers"
        case .tags: "map of texts"
        }
    }

    /// What a bare number counts.
    public var unit: String? {
        switch self {
        case .duration: "milliseconds"
        case .size: "bytes"
        default: nil
        }
    }

    private static func size(_ bytes: Int) -> String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes % (1 << shift) == 0 {
            return "\(bytes >> shift) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
