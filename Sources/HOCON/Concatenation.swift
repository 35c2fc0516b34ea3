/// Concatenation: what values that stand side by side on a line become.
///
/// Simple values join to one text, lists to one list, objects merge. An object with numeric keys beside a list counts as a list.
enum Concatenation {
    /// Joins values of which none is a pending substitution; nil when there are none.
    static func join(_ pieces: [Piece], _ context: LoadContext) throws(HOCONError) -> HOCONValue? {
        let isText = !pieces.contains { $0.value.isComposite }
        guard pieces.count > 1 else { return pieces.first?.value }
        return isText ? try joinText(pieces, context) : try joinComposites(pieces, context)
    }

    /// Appends elements to a list, which is what `+=` does; without a list they begin one.
    static func append(
        _ elements: [HOCONValue], to list: HOCONValue?, _ context: LoadContext, at origin: HOCONOrigin
    ) throws(HOCONError) -> HOCONValue {
        guard let list else { return listValue(elements, origin) }
        guard let earlier = list.pieceElements ?? numericElements(list) else {
            throw HOCONError(
                .concatenation, at: origin,
                "expected a list before '+=', found \(list.typeName) at \(list.origin); use '=' to replace it")
        }
        try context.spend(earlier.count + elements.count, at: origin)
        return listValue(earlier + elements, list.origin)
    }

    private static func joinText(_ pieces: [Piece], _ context: LoadContext) throws(HOCONError) -> HOCONValue {
        var text = ""
        for piece in pieces { text += piece.value.simpleText }
        let origin = pieces[0].value.origin
        try context.spend(1 + text.utf8.count / 8, at: origin)
        return HOCONValue(.string(text), origin)
    }

    private static func joinComposites(_ pieces: [Piece], _ context: LoadContext) throws(HOCONError) -> HOCONValue {
        var result: HOCONValue?
        for piece in pieces where !piece.isSpace {
            guard let left = result else {
                result = piece.value
                continue
            }
            let right = piece.value
            if case .object = left.storage, case .object = right.storage {
                var merged = left
                var cost = 0
                merged.merge(right, &cost)
                try context.spend(cost, at: right.origin)
                result = merged
            } else if let first = left.pieceElements ?? numericElements(left),
                let second = right.pieceElements ?? numericElements(right)
            {
                try context.spend(first.count + second.count, at: right.origin)
                result = listValue(first + second, left.origin)
            } else {
                throw HOCONError(
                    .concatenation, at: right.origin,
                    "cannot concatenate \(left.typeName) and \(right.typeName); separate them by a comma or a newline, or put them into quotes"
                )
            }
        }
        return result ?? pieces[0].value
    }

    private static func listValue(_ elements: [HOCONValue], _ origin: HOCONOrigin) -> HOCONValue {
        let isResolved = elements.allSatisfy(\.isResolved)
        return HOCONValue(isResolved ? .list(elements) : .pending(Pending(.list(elements))), origin)
    }

    /// The values of an object's numeric keys in the order of the numbers; nil when it has none.
    static func numericElements(_ value: HOCONValue) -> [HOCONValue]? {
        guard case .object(let object) = value.storage else { return nil }
        let numbered = object.fields.compactMap { field -> (Int, HOCONValue)? in
            guard field.key.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let number = Int(field.key) else {
                return nil
            }
            return (number, field.value)
        }
        return numbered.isEmpty ? nil : numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension HOCONValue {
    /// True for lists and objects.
    fileprivate var isComposite: Bool {
        switch storage {
        case .list, .object, .pending: true
        default: false
        }
    }

    /// The elements of a list, pending or not.
    var pieceElements: [HOCONValue]? {
        switch storage {
        case .list(let elements): elements
        case .pending(let pending): if case .list(let elements) = pending.form { elements } else { nil }
        default: nil
        }
    }

    /// A simple value as the text it adds to a concatenation; numbers as written.
    var simpleText: String {
        switch storage {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .number(let text), .string(let text): text
        case .list, .object, .pending: ""
        }
    }
}
