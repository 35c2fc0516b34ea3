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
        position(of: key, hash(key))
    }

    /// Where a key's field is, when its hash is known.
    func position(of key: String, _ hash: Int) -> Int? {
        if fields.count > HOCONObject.indexThreshold { return index.position(of: key, hash, in: fields) }
        for position in fields.indices where KeyIndex.areEqual(fields[position].key, key) { return position }
        return nil
    }

    /// Adds a field whose key the object does not have.
    mutating func append(_ field: consuming HOCONField) {
        append(field, hash(field.key))
    }

    /// Adds a field whose key the object does not have, when the key's hash is known.
    mutating func append(_ field: consuming HOCONField, _ hash: Int) {
        if !field.value.isResolved { isResolved = false }
        if fields.isEmpty { fields.reserveCapacity(4) }
        fields.append(field)
        if fields.count > HOCONObject.indexThreshold { index.add(hash, fields) }
    }

    /// The hash of a key, or 0 while the object needs none.
    func hash(_ key: String) -> Int {
        fields.count >= HOCONObject.indexThreshold ? KeyIndex.hash(key) : 0
    }

    /// Replaces every unresolved value by a resolved one, and removes the fields for which there is none.
    mutating func replaceValues(_ replacement: (HOCONValue) throws(HOCONError) -> HOCONValue?) throws(HOCONError) {
        var removed = false
        for position in fields.indices where !fields[position].value.isResolved {
            if let value = try replacement(fields[position].value) {
                fields[position].value = value
            } else {
                removed = true
            }
        }
        isResolved = true
        guard removed else { return }
        let all = fields
        fields = []
        index = KeyIndex()
        for field in all where field.value.isResolved { append(field) }
    }

    /// To be called when the value at a position has changed.
    mutating func noteChange(at position: Int) {
        if !fields[position].value.isResolved { isResolved = false }
    }
}

extension HOCONObject: Equatable {
    /// True when both have the same keys with equal values, in any order.
    public static func == (left: HOCONObject, right: HOCONObject) -> Bool {
        left.fields.count == right.fields.count && left.fields.allSatisfy { right[$0.key] == $0.value }
    }
}
