/// Replaces every substitution in a configuration by what it stands for.
///
/// Evaluation is lazy: a value is evaluated no further than to know whether it is simple, a list or an object ("its head"), so
/// objects may refer to their own fields. While a stack of assignments to one key is being evaluated, looking that key up gives what
/// the assignments below have come to: this is how `path = ${path}":/opt"` sees the earlier `path`. Every substitution is evaluated
/// once.
final class Resolver {
    /// What an evaluation came to.
    enum Outcome {
        case value(HOCONValue)
        /// An optional substitution that stands for nothing.
        case undefined
        /// Nothing is assigned below the assignment that is being evaluated.
        case absent
        /// The value is being evaluated already.
        case cycle
    }

    private struct ObjectState {
        /// Kept, so that its address stays its own.
        let object: HOCONObject
        /// Nil while it is being resolved.
        var value: HOCONValue?
    }

    let root: HOCONObject
    let context: LoadContext
    /// How many stacks are being evaluated.
    var stacks = 0
    private var depth = 0
    /// How far objects with substitutions have come, by the address of their fields.
    private var objects: [UnsafeRawPointer: ObjectState] = [:]

    init(root: HOCONObject, context: LoadContext) {
        self.root = root
        self.context = context
    }

    /// The configuration without substitutions.
    func resolve() throws(HOCONError) -> HOCONObject {
        try resolved(root)
    }

    /// Counts a level of recursion down, runs the body and counts it up again.
    func nested<Result>(at origin: HOCONOrigin, _ body: () throws(HOCONError) -> Result) throws(HOCONError) -> Result {
        depth += 1
        defer { depth -= 1 }
        if depth > context.limits.maximumDepth { throw tooDeep(origin) }
        return try body()
    }

    private func tooDeep(_ origin: HOCONOrigin) -> HOCONError {
        HOCONError(
            .limitExceeded, at: origin,
            "expected substitutions and objects at most \(context.limits.maximumDepth) levels deep, found more")
    }

    private func resolved(_ object: HOCONObject) throws(HOCONError) -> HOCONObject {
        if object.isResolved { return object }
        var result = object
        try result.replaceValues { value throws(HOCONError) in
            try resolvedPart(value)
        }
        return result
    }

    /// A part of an object or list, or nil when it stands for nothing.
    private func resolvedPart(_ part: HOCONValue) throws(HOCONError) -> HOCONValue? {
        switch try resolved(part) {
        case .value(let value): return value
        case .undefined, .absent: return nil
        case .cycle: throw containsItself(part.origin)
        }
    }

    private func containsItself(_ origin: HOCONOrigin) -> HOCONError {
        HOCONError(
            .substitutionCycle, at: origin,
            "this value contains itself; refer to something that does not lead back here")
    }

    /// A value with everything in it resolved.
    private func resolved(_ value: HOCONValue) throws(HOCONError) -> Outcome {
        if value.isResolved { return .value(value) }
        return try nested(at: value.origin) { () throws(HOCONError) in
            switch value.storage {
            case .object(let object): try resolved(object, value.origin)
            case .pending(let pending): try resolved(pending, value)
            default: .value(value)
            }
        }
    }

    private func resolved(_ object: HOCONObject, _ origin: HOCONOrigin) throws(HOCONError) -> Outcome {
        let identifier = object.fields.withUnsafeBytes { $0.baseAddress }
        guard let identifier else { return .value(HOCONValue(.object(object), origin)) }
        if let state = objects[identifier] { return state.value.map(Outcome.value) ?? .cycle }
        objects[identifier] = ObjectState(object: object)
        let value = HOCONValue(.object(try resolved(object)), origin)
        objects[identifier]?.value = value
        return .value(value)
    }

    private func resolved(_ pending: Pending, _ value: HOCONValue) throws(HOCONError) -> Outcome {
        switch pending.form {
        case .list(let elements):
            return try resolved(elements, of: pending, value.origin)
        case .reference(let reference):
            guard case .value(let head) = try head(of: value) else { return .undefined }
            guard case .value(let result) = try resolved(head) else { return try missing(reference, isCycle: true) }
            try spend(on: result, at: reference.origin)
            return .value(result)
        case .concatenation, .append, .stack:
            guard case .value(let head) = try head(of: value) else { return .undefined }
            guard case .value(let result) = try resolved(head) else { throw containsItself(value.origin) }
            return .value(result)
        }
    }

    private func resolved(
        _ elements: [HOCONValue], of pending: Pending, _ origin: HOCONOrigin
    ) throws(HOCONError) -> Outcome {
        switch pending.state {
        case .done(let value?): return .value(value)
        case .evaluating: return .cycle
        default: break
        }
        pending.state = .evaluating(stacks: stacks)
        var result: [HOCONValue] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            if let value = try resolvedPart(element) { result.append(value) }
        }
        let value = HOCONValue(.list(result), origin)
        pending.state = .done(value)
        return .value(value)
    }

    /// Counts every value that a substitution repeats, so that doubling it again and again comes to an end, and the levels on which
    /// they lie.
    private func spend(on value: HOCONValue, at origin: HOCONOrigin, level: Int = 0) throws(HOCONError) {
        if depth + level > context.limits.maximumDepth { throw tooDeep(origin) }
        switch value.storage {
        case .list(let elements):
            try context.spend(1 + elements.count, at: origin)
            for element in elements where element.hasElements { try spend(on: element, at: origin, level: level + 1) }
        case .object(let object):
            try context.spend(1 + object.fields.count, at: origin)
            for field in object.fields where field.value.hasElements {
                try spend(on: field.value, at: origin, level: level + 1)
            }
        default:
            try context.spend(1, at: origin)
        }
    }
}

extension HOCONValue {
    fileprivate var hasElements: Bool {
        switch storage {
        case .list, .object: true
        default: false
        }
    }
}
