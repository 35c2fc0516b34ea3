/// The evaluation of pending values to their heads, and the search for what a substitution names.
extension Resolver {
    /// The value as far as is needed to know whether it is simple, a list or an object.
    func head(of value: HOCONValue) throws(HOCONError) -> Outcome {
        guard case .pending(let pending) = value.storage else { return .value(value) }
        switch pending.form {
        case .list: return .value(value)
        case .stack(let values): return try head(of: pending, values, value.origin)
        case .reference, .concatenation, .append: break
        }
        switch pending.state {
        case .done(let result): return result.map(Outcome.value) ?? .undefined
        // A stack that was entered since then hides some assignments, so this time the outcome may differ.
        case .evaluating(let entered) where entered >= stacks: return .cycle
        default: break
        }
        let earlier = pending.state
        pending.state = .evaluating(stacks: stacks)
        let result: HOCONValue?
        do throws(HOCONError) {
            result = try nested(at: value.origin) { () throws(HOCONError) in try evaluate(pending, value.origin) }
        } catch {
            pending.state = earlier
            throw error
        }
        if case .done(let earlier) = pending.state { return earlier.map(Outcome.value) ?? .undefined }
        pending.state = .done(result)
        return result.map(Outcome.value) ?? .undefined
    }

    private func evaluate(_ pending: Pending, _ origin: HOCONOrigin) throws(HOCONError) -> HOCONValue? {
        switch pending.form {
        case .reference(let reference):
            guard case .value(let value) = try target(of: reference) else { return nil }
            return value.withoutHiding
        case .concatenation(let pieces):
            var evaluated: [Piece] = []
            for piece in pieces {
                guard let value = try evaluate(piece: piece.value) else { continue }
                evaluated.append(Piece(value: value, isSpace: piece.isSpace))
            }
            return try Concatenation.join(evaluated, context)
        case .append(let element):
            return try append([element], to: nil, origin)
        case .list, .stack:
            return nil
        }
    }

    private func evaluate(piece: HOCONValue) throws(HOCONError) -> HOCONValue? {
        guard case .value(let value) = try head(of: piece) else { return nil }
        if !piece.isPending || value.pieceElements != nil { try settle(value) }
        return value
    }

    /// Evaluates, under a stack, what is written inside a list or object that is part of the assignment being evaluated: there
    /// `[${a}]` means the `a` below. What is undefined now may be defined in the end, so it is left for later.
    private func settle(_ value: HOCONValue) throws(HOCONError) {
        guard stacks > 0, !value.isResolved else { return }
        if case .object(let object) = value.storage {
            for field in object.fields { try settle(field.value) }
        } else if let elements = value.pieceElements {
            for element in elements { try settle(element) }
        } else {
            do throws(HOCONError) {
                _ = try head(of: value)
            } catch {
                if error.code == .limitExceeded { throw error }
            }
        }
    }

    private func append(
        _ elements: [HOCONValue], to list: HOCONValue?, _ origin: HOCONOrigin
    ) throws(HOCONError) -> HOCONValue {
        var evaluated: [HOCONValue] = []
        for element in elements {
            if let element = try evaluate(piece: element) { evaluated.append(element) }
        }
        return try Concatenation.append(evaluated, to: list, context, at: origin)
    }

    /// The head of a stack: its assignments, one after the other from below, each over what those below have come to.
    private func head(of stack: Pending, _ values: [HOCONValue], _ origin: HOCONOrigin) throws(HOCONError) -> Outcome {
        switch stack.state {
        case .done(let value): return value.map(Outcome.value) ?? .undefined
        case .stacking(let below): return below.map(Outcome.value) ?? .absent
        case .fresh, .evaluating: break
        }
        stack.state = .stacking(nil)
        stacks += 1
        defer { stacks -= 1 }
        do throws(HOCONError) {
            let result = try fold(values, of: stack, origin)
            stack.state = .done(result)
            return result.map(Outcome.value) ?? .undefined
        } catch {
            stack.state = .fresh
            throw error
        }
    }

    private func fold(
        _ values: [HOCONValue], of stack: Pending, _ origin: HOCONOrigin
    ) throws(HOCONError) -> HOCONValue? {
        var below: HOCONValue?
        var position = 0
        while position < values.count {
            let value = values[position]
            position += 1
            if let element = value.appended {
                // Plain elements are appended all at once, so that many of them take linear time.
                var elements = [element]
                while position < values.count, element.isResolved, let next = values[position].appended, next.isResolved
                {
                    elements.append(next)
                    position += 1
                }
                below = try append(elements, to: below, value.origin)
            } else {
                let outcome = try nested(at: origin) { () throws(HOCONError) in try head(of: value) }
                guard case .value(let head) = outcome else { continue }
                stack.state = .stacking(nil)  // so that `below` is the only reference, and changes in place
                var cost = 0
                if below == nil { below = head } else { below?.merge(head, &cost) }
                try context.spend(cost, at: value.origin)
            }
            stack.state = .stacking(below)
        }
        return below
    }

    /// The head of what a substitution names: in the included file, in the whole configuration, in the environment.
    private func target(of reference: Reference) throws(HOCONError) -> Outcome {
        var paths = [reference.path[...]]
        if reference.prefixLength > 0 { paths.append(reference.path.dropFirst(reference.prefixLength)) }
        for path in paths {
            switch try lookUp(path, at: reference.origin) {
            case .value(let value): return .value(value)
            case .undefined: return try missing(reference, isCycle: false)
            case .cycle: return try missing(reference, isCycle: true)
            case .absent: continue
            }
        }
        if let value = environmentValue(of: reference) { return .value(value) }
        return try missing(reference, isCycle: false)
    }

    private func lookUp(_ path: ArraySlice<String>, at origin: HOCONOrigin) throws(HOCONError) -> Outcome {
        try context.spend(path.count, at: origin)
        var object = root
        for key in path.dropLast() {
            guard let value = object[key] else { return .absent }
            switch try head(of: value) {
            case .value(let head):
                guard case .object(let next) = head.storage else { return .absent }
                object = next
            case .cycle: return .cycle
            case .undefined, .absent: return .absent
            }
        }
        guard let key = path.last, let value = object[key] else { return .absent }
        return try head(of: value)
    }

    private func environmentValue(of reference: Reference) -> HOCONValue? {
        let name = reference.writtenPath.joined(separator: ".")
        guard reference.isList else { return environmentValue(name) }
        var elements: [HOCONValue] = []
        while let element = environmentValue("\(name)_\(elements.count)") { elements.append(element) }
        return elements.isEmpty ? nil : HOCONValue(.list(elements), HOCONOrigin(.environment(name)))
    }

    private func environmentValue(_ name: String) -> HOCONValue? {
        context.environment[name].map { HOCONValue(.string($0), HOCONOrigin(.environment(name))) }
    }

    /// Throws for a substitution that must stand for something, or notes it where all of them are wanted.
    func missing(_ reference: Reference, isCycle: Bool) throws(HOCONError) -> Outcome {
        if reference.isOptional { return .undefined }
        if isCycle {
            throw HOCONError(
                .substitutionCycle, at: reference.origin,
                "\(reference.description) leads back to itself; refer to something else, or assign an earlier value to start from"
            )
        }
        let error = HOCONError(
            .unresolvedSubstitution, at: reference.origin,
            "\(reference.description) is neither in the configuration nor in the environment; define it, or write ${?…} if it may be missing"
        )
        guard context.unresolved != nil else { throw error }
        context.unresolved?.append(error)
        return .undefined
    }
}

extension HOCONValue {
    /// What `+=` appends, when the value is that.
    fileprivate var appended: HOCONValue? {
        if case .pending(let pending) = storage, case .append(let element) = pending.form { element } else { nil }
    }

    /// The value without the mark that it hides what was assigned before it: that counts in its own place only.
    fileprivate var withoutHiding: HOCONValue {
        guard case .object(var object) = storage, object.hidesEarlier else { return self }
        object.hidesEarlier = false
        return HOCONValue(.object(object), origin)
    }
}
