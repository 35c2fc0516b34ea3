import HOCON

/// A configuration to be shown: objects within objects, and what is missing filled in.
indirect enum SettingTree {
    case leaf(HOCONValue)
    case branch([(key: String, tree: SettingTree)])

    /// What stands for a value that is not shown.
    private static let placeholder = "\"** redacted **\""

    init(_ object: HOCONObject) {
        self = .branch(object.fields.map { (key: $0.key, tree: SettingTree($0.value)) })
    }

    private init(_ value: HOCONValue) {
        if case .object(let object) = value.content, !object.isEmpty {
            self = SettingTree(object)
        } else {
            self = .leaf(value)
        }
    }

    /// Adds a value where there is none.
    mutating func insert(_ value: HOCONValue, at path: ArraySlice<String>) {
        if case .leaf(let present) = self, present.isNull, path.isEmpty { self = .leaf(value) }
        guard case .branch(var fields) = self, let key = path.first else { return }
        if let index = fields.firstIndex(where: { $0.key == key }) {
            fields[index].tree.insert(value, at: path.dropFirst())
        } else {
            var tree = SettingTree.leaf(value)
            for key in path.dropFirst().reversed() { tree = .branch([(key: key, tree: tree)]) }
            fields.append((key: key, tree: tree))
        }
        self = .branch(fields)
    }

    /// Every value with its path, in order.
    func leaves(at prefix: [String] = []) -> [(path: HOCONPath, value: HOCONValue)] {
        switch self {
        case .leaf(let value): [(HOCONPath(prefix), value)]
        case .branch(let fields): fields.flatMap { $0.tree.leaves(at: prefix + [$0.key]) }
        }
    }

    /// The tree as JSON, without values that look secret.
    func json(at prefix: [String] = []) -> JSON {
        switch self {
        case .leaf(let value): .verbatim(Self.shown(value, at: HOCONPath(prefix), isIndented: true))
        case .branch(let fields): .object(fields.map { ($0.key, $0.tree.json(at: prefix + [$0.key])) })
        }
    }

    /// A value as JSON, or the placeholder where its key, or one within it, looks secret.
    static func shown(_ value: HOCONValue, at path: HOCONPath, isIndented: Bool) -> String {
        path.looksSecret || value.holdsSecrets ? placeholder : value.json(isIndented: isIndented)
    }
}

extension HOCONValue {
    /// Whether an object within a list has a key that looks secret.
    fileprivate var holdsSecrets: Bool {
        switch content {
        case .list(let elements): elements.contains(where: \.holdsSecrets)
        case .object(let object):
            object.fields.contains { HOCONPath([$0.key]).looksSecret || $0.value.holdsSecrets }
        default: false
        }
    }
}
