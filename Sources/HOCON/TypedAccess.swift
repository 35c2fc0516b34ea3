/// Typed access to a value.
///
/// The conversions are HOCON's: a number or boolean can be read as a string, a string as a number or boolean where it is written like
/// one, an object with numeric keys as a list. Nothing else converts, and null converts to nothing.
///
/// `path` is the value's path, for messages only. A message shows what was found, unless the path is empty or looks secret.
extension HOCONValue {
    /// A string, or a number or boolean as it was written.
    public func string(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> String {
        switch content {
        case .string(let text), .number(let text): return text
        case .boolean(let flag): return flag ? "true" : "false"
        case .null, .list, .object: throw wrongType("a string", path)
        }
    }

    /// `true`, `yes` or `on`; `false`, `no` or `off`.
    public func boolean(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> Bool {
        switch content {
        case .boolean(let flag): return flag
        case .string("true"), .string("yes"), .string("on"): return true
        case .string("false"), .string("no"), .string("off"): return false
        case .string: throw badValue("true, yes, on, false, no or off", path)
        case .null, .number, .list, .object: throw wrongType("true or false", path)
        }
    }

    /// A whole number that fits 64 bits. `1e3` and `2.0` are whole numbers.
    public func integer(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> Int {
        let text = try numberText("a whole number", path)
        if let integer = Int(text) { return integer }
        if let double = Double(text), let integer = Int(exactly: double) { return integer }
        throw badValue("a whole number that fits 64 bits", path)
    }

    /// A number.
    public func double(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> Double {
        let text = try numberText("a number", path)
        guard let double = Double(NumberText.json(text)), double.isFinite else { throw badValue("a number", path) }
        return double
    }

    /// A list, or an object with numeric keys as the list of its values in the order of the keys.
    public func list(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> [HOCONValue] {
        if case .list(let elements) = content { return elements }
        if let elements = Concatenation.numericElements(self) { return elements }
        throw wrongType("a list", path)
    }

    /// A list of strings.
    public func strings(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> [String] {
        var strings: [String] = []
        for element in try list(path) { strings.append(try element.string(path)) }
        return strings
    }

    /// An object.
    public func object(_ path: HOCONPath = HOCONPath([])) throws(HOCONError) -> HOCONObject {
        guard case .object(let object) = content else { throw wrongType("an object", path) }
        return object
    }

    private func numberText(_ expected: String, _ path: HOCONPath) throws(HOCONError) -> String {
        switch content {
        case .number(let text): return text
        case .string(let text):
            let trimmed = Array(Space.trimmed(text).utf8)
            guard NumberText.isNumber(trimmed[...]) else { throw badValue(expected, path) }
            return String(decoding: trimmed, as: UTF8.self)
        case .null, .boolean, .list, .object: throw wrongType(expected, path)
        }
    }
}

extension HOCONValue {
    func wrongType(_ expected: String, _ path: HOCONPath) -> HOCONError {
        HOCONError(isNull ? .missing : .wrongType, at: origin, "expected \(expected)\(path.phrase), found \(typeName)")
    }

    func badValue(_ expected: String, _ path: HOCONPath) -> HOCONError {
        HOCONError(.badValue, at: origin, "expected \(expected)\(path.phrase), found \(shown(path))")
    }

    /// The value as a message may show it.
    private func shown(_ path: HOCONPath) -> String {
        let text = simpleText
        if path.elements.isEmpty || path.looksSecret || text.unicodeScalars.count > 60 {
            return "\(typeName) that is none"
        }
        return JSONText.quoted(text)
    }
}

extension HOCONPath {
    /// ` at a.b` for messages, or nothing for an empty path.
    fileprivate var phrase: String { elements.isEmpty ? "" : " at \(self)" }
}
