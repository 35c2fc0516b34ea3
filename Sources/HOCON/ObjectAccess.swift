/// Typed access by path. Each type has two functions: one throws ``HOCONError/Code/missing`` when there is no value or null, the other
/// returns nil then. Both throw ``HOCONError/Code/wrongType`` or ``HOCONError/Code/badValue`` when there is another value.
extension HOCONObject {
    /// The value at a path, null included; nil when there is none.
    ///
    /// - Throws: ``HOCONError`` `.wrongType` when something on the way is no object.
    public func value(at path: HOCONPath) throws(HOCONError) -> HOCONValue? {
        try find(path).value
    }

    /// The string at a path.
    public func string(_ path: HOCONPath) throws(HOCONError) -> String { try required(path).string(path) }
    /// The string at a path, if there is one.
    public func stringIfPresent(_ path: HOCONPath) throws(HOCONError) -> String? { try present(path)?.string(path) }

    /// The boolean at a path.
    public func boolean(_ path: HOCONPath) throws(HOCONError) -> Bool { try required(path).boolean(path) }
    /// The boolean at a path, if there is one.
    public func booleanIfPresent(_ path: HOCONPath) throws(HOCONError) -> Bool? { try present(path)?.boolean(path) }

    /// The whole number at a path.
    public func integer(_ path: HOCONPath) throws(HOCONError) -> Int { try required(path).integer(path) }
    /// The whole number at a path, if there is one.
    public func integerIfPresent(_ path: HOCONPath) throws(HOCONError) -> Int? { try present(path)?.integer(path) }

    /// The number at a path.
    public func double(_ path: HOCONPath) throws(HOCONError) -> Double { try required(path).double(path) }
    /// The number at a path, if there is one.
    public func doubleIfPresent(_ path: HOCONPath) throws(HOCONError) -> Double? { try present(path)?.double(path) }

    /// The duration at a path.
    public func duration(_ path: HOCONPath) throws(HOCONError) -> Duration { try required(path).duration(path) }
    /// The duration at a path, if there is one.
    public func durationIfPresent(_ path: HOCONPath) throws(HOCONError) -> Duration? {
        try present(path)?.duration(path)
    }

    /// The period of the calendar at a path.
    public func period(_ path: HOCONPath) throws(HOCONError) -> HOCONPeriod { try required(path).period(path) }
    /// The period of the calendar at a path, if there is one.
    public func periodIfPresent(_ path: HOCONPath) throws(HOCONError) -> HOCONPeriod? {
        try present(path)?.period(path)
    }

    /// The size in bytes at a path.
    public func sizeInBytes(_ path: HOCONPath) throws(HOCONError) -> Int { try required(path).sizeInBytes(path) }
    /// The size in bytes at a path, if there is one.
    public func sizeInBytesIfPresent(_ path: HOCONPath) throws(HOCONError) -> Int? {
        try present(path)?.sizeInBytes(path)
    }

    /// The list at a path.
    public func list(_ path: HOCONPath) throws(HOCONError) -> [HOCONValue] { try required(path).list(path) }
    /// The list at a path, if there is one.
    public func listIfPresent(_ path: HOCONPath) throws(HOCONError) -> [HOCONValue]? { try present(path)?.list(path) }

    /// The list of strings at a path.
    public func strings(_ path: HOCONPath) throws(HOCONError) -> [String] { try required(path).strings(path) }
    /// The list of strings at a path, if there is one.
    public func stringsIfPresent(_ path: HOCONPath) throws(HOCONError) -> [String]? { try present(path)?.strings(path) }

    /// The object at a path.
    public func object(_ path: HOCONPath) throws(HOCONError) -> HOCONObject { try required(path).object(path) }
    /// The object at a path, if there is one.
    public func objectIfPresent(_ path: HOCONPath) throws(HOCONError) -> HOCONObject? {
        try present(path)?.object(path)
    }

    private func required(_ path: HOCONPath) throws(HOCONError) -> HOCONValue {
        let (value, origin) = try find(path)
        guard let value else {
            throw HOCONError(.missing, at: origin, "expected a value at \(path), found none; add it")
        }
        return value
    }

    private func present(_ path: HOCONPath) throws(HOCONError) -> HOCONValue? {
        guard let value = try find(path).value, !value.isNull else { return nil }
        return value
    }

    /// The value at a path, and the origin of the innermost key on the way that exists.
    private func find(_ path: HOCONPath) throws(HOCONError) -> (value: HOCONValue?, origin: HOCONOrigin?) {
        var object = self
        var origin: HOCONOrigin?
        for (depth, key) in path.elements.enumerated() {
            guard let field = object.field(key) else { return (nil, origin) }
            if depth == path.elements.count - 1 { return (field.value, field.keyOrigin) }
            origin = field.keyOrigin
            switch field.value.storage {
            case .object(let next): object = next
            case .null: return (nil, origin)
            default: throw field.value.wrongType("an object", HOCONPath(Array(path.elements[...depth])))
            }
        }
        return (nil, origin)
    }
}
