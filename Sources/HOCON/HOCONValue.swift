/// A value of a resolved configuration, with its origin.
public struct HOCONValue: Sendable {
    /// What a value is.
    public enum Content: Sendable {
        /// `null`.
        case null
        /// `true` or `false`.
        case boolean(Bool)
        /// A number as it was written, for example `1e5`.
        case number(String)
        /// A text, quoted or not.
        case string(String)
        /// A list.
        case list([HOCONValue])
        /// An object, its keys in the order in which they first appeared.
        case object(HOCONObject)
    }

    /// What a value is while the configuration is still being put together.
    enum Storage {
        case null
        case boolean(Bool)
        case number(String)
        case string(String)
        case list([HOCONValue])
        case object(HOCONObject)
        case pending(Pending)
    }

    var storage: Storage
    /// Where the value was written. What a substitution brought keeps its own origin.
    public internal(set) var origin: HOCONOrigin

    init(_ storage: Storage, _ origin: HOCONOrigin) {
        self.storage = storage
        self.origin = origin
    }

    /// Makes a value.
    public init(_ content: Content, origin: HOCONOrigin) {
        self.origin = origin
        switch content {
        case .null: storage = .null
        case .boolean(let flag): storage = .boolean(flag)
        case .number(let text): storage = .number(text)
        case .string(let text): storage = .string(text)
        case .list(let elements): storage = .list(elements)
        case .object(let object): storage = .object(object)
        }
    }

    /// What the value is.
    public var content: Content {
        switch storage {
        case .null: .null
        case .boolean(let flag): .boolean(flag)
        case .number(let text): .number(text)
        case .string(let text): .string(text)
        case .list(let elements): .list(elements)
        case .object(let object): .object(object)
        case .pending: preconditionFailure("an unresolved value left the resolver")
        }
    }

    /// True for `null`.
    public var isNull: Bool {
        if case .null = storage { true } else { false }
    }

    /// True when no substitution is left in the value.
    var isResolved: Bool {
        switch storage {
        case .pending: false
        case .object(let object): object.isResolved
        default: true
        }
    }

    /// The type in the words of messages, for example `a list`.
    public var typeName: String {
        switch storage {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .object: "an object"
        case .pending: "a substitution"
        }
    }
}

extension HOCONValue: Equatable {
    /// True when the data are equal, wherever they come from. The order of keys does not matter; numbers are compared as written.
    public static func == (left: HOCONValue, right: HOCONValue) -> Bool {
        switch (left.storage, right.storage) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}
