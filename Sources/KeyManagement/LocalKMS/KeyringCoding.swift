import SecretMemory

// The payload of a LocalKMS file. Layout: ``LocalKMS``.
extension Keyring {
    func encoded() throws(LocalFailure) -> SecretBytes {
        try PayloadWriter.write { writer throws(LocalFailure) in
            writer.add(number: UInt32(keys.count))
            for (_, key) in keys.sorted(by: { $0.key.precedes($1.key) }) { writer.add(key) }
            writer.add(number: UInt32(aliases.count))
            for (alias, target) in aliases.sorted(by: { $0.key.precedes($1.key) }) {
                writer.add(text: alias)
                writer.add(bytes: Array(target.utf8))
            }
        }
    }

    init(parsing payload: RawSpan) throws(LocalFailure) {
        var reader = PayloadReader()
        var last = ""
        for _ in 0..<(try reader.number(UInt32.self, in: payload)) {
            let key = try reader.key(in: payload)
            guard last.precedes(key.id) else { throw PayloadReader.malformed }
            keys[key.id] = key
            last = key.id
        }
        last = ""
        for _ in 0..<(try reader.number(UInt32.self, in: payload)) {
            let alias = try reader.text(in: payload)
            let target = try reader.keyID(in: payload)
            guard last.precedes(alias), alias.hasPrefix("alias/"), keys[target] != nil else {
                throw PayloadReader.malformed
            }
            aliases[alias] = target
            last = alias
        }
        try reader.finish(in: payload)
    }
}

extension PayloadWriter {
    fileprivate mutating func add(_ key: LocalKey) {
        add(bytes: Array(key.id.utf8))
        add(text: key.description)
        add(number: UInt32(key.tags.count))
        for (name, value) in key.tags.sorted(by: { $0.key.precedes($1.key) }) {
            add(text: name)
            add(text: value)
        }
        add(number: key.createdAt.microseconds)
        switch key.state {
        case .enabled: add(state: 0)
        case .disabled: add(state: 1)
        case .pendingDeletion(let date): add(state: 2, deletion: date.microseconds)
        }
        add(number: UInt8(key.isMultiRegion ? 1 : 0))
        add(number: UInt32(key.materials.count))
        for material in key.materials {
            add(bytes: material.id)
            add(secret: material.secret)
            add(number: material.createdAt.microseconds)
        }
    }

    private mutating func add(state: UInt8, deletion: Int64 = 0) {
        add(number: state)
        add(number: deletion)
    }
}

extension PayloadReader {
    fileprivate mutating func key(in payload: RawSpan) throws(LocalFailure) -> LocalKey {
        let id = try keyID(in: payload)
        let description = try text(in: payload)
        let tags = try tags(in: payload)
        let createdAt = Timestamp(microseconds: try number(in: payload))
        let state = try state(in: payload)
        let multiRegion: UInt8 = try number(in: payload)
        let materialCount: UInt32 = try number(in: payload)
        guard multiRegion <= 1, materialCount <= LocalKey.maximumMaterials else { throw Self.malformed }
        var materials: [KeyMaterial] = []
        for _ in 0..<materialCount {
            let material = KeyMaterial(
                id: try bytes(count: 32, in: payload), secret: try secret(count: 32, in: payload),
                createdAt: Timestamp(microseconds: try number(in: payload)))
            guard !materials.contains(where: { $0.id == material.id }) else { throw Self.malformed }
            materials.append(material)
        }
        guard
            let key = LocalKey(
                id: id, description: description, tags: tags, createdAt: createdAt, state: state,
                isMultiRegion: multiRegion == 1, materials: materials)
        else { throw Self.malformed }
        return key
    }

    fileprivate mutating func keyID(in payload: RawSpan) throws(LocalFailure) -> String {
        let bytes = try bytes(count: LocalKey.idLength, in: payload)
        guard let id = LocalKey.id(bytes) else { throw Self.malformed }
        return id
    }

    private mutating func tags(in payload: RawSpan) throws(LocalFailure) -> [String: String] {
        var tags: [String: String] = [:]
        var last: String?
        for _ in 0..<(try number(UInt32.self, in: payload)) {
            let name = try text(in: payload)
            if let last, !last.precedes(name) { throw Self.malformed }
            tags[name] = try text(in: payload)
            last = name
        }
        return tags
    }

    private mutating func state(in payload: RawSpan) throws(LocalFailure) -> LocalKey.State {
        let state: UInt8 = try number(in: payload)
        let deletion: Int64 = try number(in: payload)
        switch (state, deletion) {
        case (0, 0): return .enabled
        case (1, 0): return .disabled
        case (2, 1...): return .pendingDeletion(Timestamp(microseconds: deletion))
        default: throw Self.malformed
        }
    }
}

extension LocalKey {
    /// A key id of 36 bytes, each a lower-case letter, a digit or `-`.
    static func id(_ bytes: some Collection<UInt8>) -> String? {
        let isPlain = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
        return isPlain && bytes.count == idLength ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

extension String {
    /// Whether its UTF-8 bytes come before `other`'s.
    fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
