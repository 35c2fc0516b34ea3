/// A key of an object, its value, and where the key was last written.
public struct HOCONField: Sendable {
    /// The key.
    public let key: String
    /// Where the key was last written.
    public internal(set) var keyOrigin: HOCONOrigin
    /// The value.
    public internal(set) var value: HOCONValue
}

/// An object: keys in the order in which they first appeared, each with a value.
public struct HOCONObject: Sendable {
    /// Up to this many fields a search through all of them is faster than an index.
    private static let indexThreshold = 8

    /// The fields in the order in which their keys first appeared.
    public internal(set) var fields: [HOCONField] = []
    private var index = KeyIndex()
    /// True when no substitution is left in the object.
    private(set) var isResolved = true
    /// True when something in the same place before this object was no object, so that what lies before that stays hidden.
    var hidesEarlier = false

    /// Makes an empty object.
    public init() {}

    /// The keys in the order in which they first appeared.
    public var keys: [String] { fields.map(\.key) }

    /// True when the object has no field.
    public var isEmpty: Bool { fields.isEmpty }

    /// The value of a key, which is one key and not a path; nil when there is none.
    public subscript(key: String) -> HOCONValue? {
        position(of: key).map { fields[$0].value }
    }

    /// The field of a key, with the key's origin; nil when there is none.
    public func field(_ key: String) -> HOCONField? {
        position(of: key).map { fields[$0] }
    }

    /// Where a key's field is.
    func position(of key: String) -> Int? {
        if fields.count > HOCONObject.indexThreshold { return index.position(of: key, in: fields) }
        for position in fields.indices where KeyIndex.areEqual(fields[position].key, key) { return position }
        return nil
    }

    /// Adds a field whose key the object does not have.
    mutating func append(_ field: HOCONField) {
        if !field.value.isResolved { isResolved = false }
        fields.append(field)
        if fields.count > HOCONObject.indexThreshold { index.add(fields) }
    }

    /// Changes the value at a position in place.
    mutating func change(at position: Int, _ keyOrigin: HOCONOrigin, _ body: (inout HOCONValue) -> Void) {
        fields[position].keyOrigin = keyOrigin
        body(&fields[position].value)
        if !fields[position].value.isResolved { isResolved = false }
    }
}

extension HOCONObject: Equatable {
    /// True when both have the same keys with equal values, in any order.
    public static func == (left: HOCONObject, right: HOCONObject) -> Bool {
        left.fields.count == right.fields.count && left.fields.allSatisfy { right[$0.key] == $0.value }
    }
}
