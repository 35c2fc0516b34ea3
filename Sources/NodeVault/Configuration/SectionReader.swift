import HOCON
import KeyManagement
import VaultStorage

/// Reads a node's `crypto` object key by key and remembers which keys were asked for: what is left over is unknown.
struct SectionReader {
    private let section: NodeSection
    private var known: [HOCONPath] = []

    init(_ section: NodeSection) { self.section = section }

    var allowsNonStandardConfiguration: Bool { section.allowsNonStandardConfiguration }

    func value(_ path: HOCONPath) -> HOCONValue? { try? section.crypto.value(at: path) }

    mutating func string(_ text: String) throws -> String? {
        try section.crypto.stringIfPresent(try remember(text))
    }

    mutating func boolean(_ text: String) throws -> Bool? {
        try section.crypto.booleanIfPresent(try remember(text))
    }

    mutating func integer(_ text: String, in range: ClosedRange<Int>) throws -> Int? {
        let path = try remember(text)
        guard let number = try section.crypto.integerIfPresent(path) else { return nil }
        guard range.contains(number) else {
            throw failure(
                value(path)?.origin, "\(path) is \(number), and goes from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func duration(_ text: String) throws -> Duration? {
        let path = try remember(text)
        guard let duration = try section.crypto.durationIfPresent(path) else { return nil }
        guard duration > .zero else { throw failure(value(path)?.origin, "\(path) is not longer than nothing") }
        return duration
    }

    mutating func size(_ text: String) throws -> Int? {
        let path = try remember(text)
        guard let size = try section.crypto.sizeInBytesIfPresent(path) else { return nil }
        guard (1...(1 << 32)).contains(size) else {
            throw failure(value(path)?.origin, "\(path) is \(size) bytes, and goes from 1 byte to 4 GiB")
        }
        return Int(size)
    }

    mutating func strings(_ text: String) throws -> [String]? {
        try section.crypto.stringsIfPresent(try remember(text))
    }

    mutating func map(_ text: String) throws -> [String: String]? {
        let path = try remember(text)
        guard let object = try section.crypto.objectIfPresent(path) else { return nil }
        var map = [String: String]()
        for key in object.keys { map[key] = try object.string(HOCONPath([key])) }
        return map
    }

    /// One of the given words; those of `refused` are Canton's, and not served here.
    mutating func choice(_ text: String, _ words: [String], refused: [String] = []) throws -> String? {
        let path = try remember(text)
        guard let word = try section.crypto.stringIfPresent(path) else { return nil }
        guard words.contains(word) else {
            let list = words.joined(separator: " or ")
            throw failure(
                value(path)?.origin,
                refused.contains(word)
                    ? "\(path) = \(word) is not supported; use \(list)" : "\(path) is \(list), not \(word)")
        }
        return word
    }

    mutating func wrapperKey(_ text: String) throws -> WrapperKeyID? {
        let path = try remember(text)
        // Older files of Canton's wrap the text: { str = "…" }.
        let older = path.appending("str")
        known.append(older)
        let isOlder = value(path).map { if case .object = $0.content { true } else { false } } ?? false
        guard let name = try section.crypto.stringIfPresent(isOlder ? older : path) else { return nil }
        guard let id = WrapperKeyID(rawValue: name) else {
            throw failure(
                value(path)?.origin,
                "\(path) is no key id, key ARN, alias/NAME or alias ARN of 1 to 300 characters")
        }
        return id
    }

    mutating func path(_ text: String, _ paths: PathResolver) throws -> String? {
        let path = try remember(text)
        guard let name = try section.crypto.stringIfPresent(path) else { return nil }
        guard !name.isEmpty else { throw failure(value(path)?.origin, "\(path) is empty: name a file") }
        return paths.resolve(name, from: value(path)?.origin.file)
    }

    /// Refuses every key that nobody asked for.
    func refuseUnknownKeys() throws { try refuseUnknownKeys(in: section.crypto, at: []) }

    func failure(at path: HOCONPath, _ message: String) -> HOCONError { failure(value(path)?.origin, message) }

    func failure(_ origin: HOCONOrigin?, _ message: String) -> HOCONError { HOCONError(.badValue, at: origin, message) }

    private mutating func remember(_ text: String) throws(HOCONError) -> HOCONPath {
        let path = try HOCONPath(parsing: text)
        known.append(path)
        return path
    }

    private func refuseUnknownKeys(in object: HOCONObject, at prefix: [String]) throws {
        for field in object.fields {
            let here = prefix + [field.key]
            if known.contains(where: { $0.elements == here }) { continue }
            let within = known.filter { $0.elements.starts(with: here) }
            if !within.isEmpty, case .object(let inner) = field.value.content {
                try refuseUnknownKeys(in: inner, at: here)
                continue
            }
            let siblings = Set(
                known.filter { $0.elements.starts(with: prefix) && $0.elements.count > prefix.count }
                    .map { $0.elements[prefix.count] })
            let nearest = NearestMatch.of(field.key, among: siblings.sorted())
            throw failure(
                field.keyOrigin,
                "crypto.\(HOCONPath(here)) is not known to this version"
                    + (nearest.map { "; did you mean \($0)?" } ?? "; remove it"))
        }
    }
}

/// Where relative paths of a configuration begin: in the folder of the file that names them.
struct PathResolver {
    /// For values that no file names.
    let defaultFolder: String

    func resolve(_ path: String, from file: String?) -> String {
        guard !path.hasPrefix("/") else { return path }
        let folder = file.map(VaultFile.folder) ?? defaultFolder
        return folder == "." ? path : "\(folder)/\(path)"
    }
}
