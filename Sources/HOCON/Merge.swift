/// Merging: what a later assignment to the same key does to an earlier one, in one file and across files.
///
/// Two objects merge field by field; anything else replaces what was there. Where a substitution is involved, the outcome depends
/// on what it will stand for, so both are kept in a stack until it is known.
extension HOCONObject {
    /// Assigns all fields of another object, in their order.
    mutating func merge(_ later: HOCONObject) {
        if isEmpty {
            self = later
        } else {
            for field in later.fields { merge(field) }
        }
    }

    /// Assigns a field over what the object has under the same key.
    mutating func merge(_ field: consuming HOCONField) {
        var cost = 0
        merge(field, &cost)
    }

    /// The same, adding to `cost` the number of fields that were assigned or may have been copied.
    mutating func merge(_ field: consuming HOCONField, _ cost: inout Int) {
        cost += 1
        let hash = hash(field.key)
        if let position = position(of: field.key, hash) {
            fields[position].keyOrigin = field.keyOrigin
            fields[position].value.merge(field.value, &cost)
            noteChange(at: position)
        } else {
            append(field, hash)
        }
    }

    /// Assigns a value under a path of keys.
    mutating func merge(_ value: HOCONValue, at path: ArraySlice<String>, _ keyOrigin: HOCONOrigin) {
        guard let key = path.first else { return }
        let rest = path.dropFirst()
        if !rest.isEmpty, let position = position(of: key), case .object = fields[position].value.storage {
            fields[position].keyOrigin = keyOrigin
            fields[position].value.mergeInside(value, at: rest, keyOrigin)
            return noteChange(at: position)
        }
        var inner = value
        for key in rest.reversed() {
            var object = HOCONObject()
            object.append(HOCONField(key: key, keyOrigin: keyOrigin, value: inner))
            inner = HOCONValue(.object(object), keyOrigin)
        }
        merge(HOCONField(key: key, keyOrigin: keyOrigin, value: inner))
    }
}

extension HOCONValue {
    /// Assigns a value over this one.
    mutating func merge(_ later: HOCONValue, _ cost: inout Int) {
        if later.hidesEarlier {
            self = later
            return
        }
        guard case .object(var laterObject) = later.storage else { return stack(later, &cost) }
        switch storage {
        case .object(var object):
            storage = .null  // so that `object` is the only reference, and changes in place
            cost += object.fields.count
            for field in laterObject.fields { object.merge(field, &cost) }
            self = HOCONValue(.object(object), later.origin)
        case .pending where !hidesAsList:
            stack(later, &cost)
        default:
            laterObject.hidesEarlier = true
            self = HOCONValue(.object(laterObject), later.origin)
        }
    }

    /// Assigns a value under a path in this object.
    fileprivate mutating func mergeInside(_ value: HOCONValue, at path: ArraySlice<String>, _ keyOrigin: HOCONOrigin) {
        guard case .object(var object) = storage else { return }
        storage = .null  // so that `object` is the only reference, and changes in place
        object.merge(value, at: path, keyOrigin)
        self = HOCONValue(.object(object), keyOrigin)
    }

    /// True when no earlier value can show through this one.
    private var hidesEarlier: Bool {
        switch storage {
        case .object(let object): object.hidesEarlier
        case .pending(let pending):
            switch pending.form {
            case .list: true
            case .stack(let values): values[0].hidesEarlier
            case .reference, .concatenation, .append: false
            }
        default: true
        }
    }

    private var hidesAsList: Bool {
        if case .pending(let pending) = storage, case .list = pending.form { true } else { false }
    }

    private mutating func stack(_ later: HOCONValue, _ cost: inout Int) {
        let added = later.stacked
        let origin = later.origin
        if case .pending(var pending) = storage, case .stack(var values) = pending.form {
            storage = .null  // so that `pending` and `values` are the only references, and change in place
            let isOwn = isKnownUniquelyReferenced(&pending)
            if isOwn { pending.form = .stack([]) } else { pending = Pending(.stack([])) }
            cost += isOwn ? added.count : values.count
            values.append(contentsOf: added)
            pending.form = .stack(values)
            self = HOCONValue(.pending(pending), origin)
        } else {
            self = HOCONValue(.pending(Pending(.stack([self] + added))), origin)
        }
    }

    private var stacked: [HOCONValue] {
        if case .pending(let pending) = storage, case .stack(let values) = pending.form { values } else { [self] }
    }
}
