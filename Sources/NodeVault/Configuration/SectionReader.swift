import AWSKMS
import HOCON
import KeyManagement
import VaultStorage

/// Reads a node's `crypto` object key by key, and collects what is wrong with it instead of stopping at the first.
///
/// A value that is wrong reads as if it were not there.
struct SectionReader {
    let section: NodeSection
    /// Where relative paths begin.
    let paths: PathResolver
    /// What is wrong so far.
    private(set) var problems: [ConfigurationProblem] = []

    init(_ section: NodeSection, _ paths: PathResolver) {
        self.section = section
        self.paths = paths
        problems = section.problems
    }

    /// The value at a path; nil where there is none, or null.
    func value(_ path: HOCONPath) -> HOCONValue? {
        (try? section.crypto.value(at: path)).flatMap { $0.isNull ? nil : $0 }
    }

    func isWritten(_ key: ConfigurationKey) -> Bool { value(key.path) != nil }

    mutating func report(_ problem: ConfigurationProblem) { problems.append(problem) }

    /// Something that is wrong with the value at a path.
    mutating func report(_ path: HOCONPath, _ message: String, hint: String) {
        report(ConfigurationProblem(at: value(path)?.origin, message, hint: hint))
    }

    // MARK: - Values

    mutating func boolean(_ key: ConfigurationKey) -> Bool? {
        read(key) { value, path throws(HOCONError) in try value.boolean(path) }
    }

    mutating func string(_ key: ConfigurationKey) -> String? {
        read(key) { value, path throws(HOCONError) in
            let text = try value.string(path)
            switch key.type {
            case .choice(let words): try Self.check(words.contains(text), value, Self.refusal(of: text, path, words))
            case .region:
                try Self.check(
                    AWSKMSConfiguration.isRegion(text), value,
                    "\(path) is no region of AWS; write it as in eu-central-1")
            case .url:
                try Self.check(
                    AWSKMSConfiguration.isEndpoint(text), value,
                    "\(path) is no http or https URL of a host; write it as in https://kms.example.com:8443")
            default: break
            }
            return text
        }
    }

    private static func refusal(of word: String, _ path: HOCONPath, _ words: [String]) -> String {
        let list = words.joined(separator: " or ")
        let isForeign = path == ConfigurationKey.kmsType.path && CantonKeys.foreignServices.contains(word)
        return "\(path) = \(word) is not \(isForeign ? "supported" : "known"); use \(list)"
    }

    mutating func integer(_ key: ConfigurationKey) -> Int? {
        guard case .integer(let range) = key.type else { preconditionFailure("\(key) is no number") }
        return read(key) { value, path throws(HOCONError) in
            let number = try value.integer(path)
            try Self.check(
                range.contains(number), value, "\(path) is \(number); it goes from \(key.type)")
            return number
        }
    }

    mutating func duration(_ key: ConfigurationKey) -> Duration? {
        read(key) { value, path throws(HOCONError) in
            let duration = try value.duration(path)
            try Self.check(duration > .zero, value, "\(path) is not longer than nothing; write it as in 5m or 40s")
            return duration
        }
    }

    mutating func size(_ key: ConfigurationKey) -> Int? {
        guard case .size(let range) = key.type else { preconditionFailure("\(key) is no size") }
        return read(key) { value, path throws(HOCONError) in
            let size = try value.sizeInBytes(path)
            try Self.check(range.contains(size), value, "\(path) is \(size) bytes; it goes from \(key.type)")
            return size
        }
    }

    mutating func path(_ key: ConfigurationKey) -> String? {
        let paths = paths
        return read(key) { value, path throws(HOCONError) in
            let name = try value.string(path)
            try Self.check(!name.isEmpty, value, "\(path) is empty; name a file")
            return paths.resolve(name, from: value.origin.file)
        }
    }

    mutating func accounts(_ key: ConfigurationKey) -> [String]? {
        read(key) { value, path throws(HOCONError) in
            let accounts = try value.strings(path)
            for account in accounts {
                let isNumber = account.utf8.count == 12 && account.utf8.allSatisfy { (0x30...0x39).contains($0) }
                try Self.check(isNumber, value, "\(path) has \(account), which is no account number; it has 12 digits")
            }
            return accounts
        }
    }

    /// Tags as AWS allows them. Source: AWS KMS API Reference, "Tag", and "Quotas".
    mutating func tags(_ key: ConfigurationKey) -> [String: String]? {
        read(key) { value, path throws(HOCONError) in
            var tags = [String: String]()
            for field in try value.object(path).fields {
                let (name, here) = (field.key, path.appending(field.key))
                let text = try field.value.string(here)
                try Self.check(
                    (1...128).contains(name.unicodeScalars.count) && !name.lowercased().hasPrefix("aws:"), field.value,
                    "\(here) is no name of a tag; it has 1 to 128 characters, and does not begin with aws:")
                try Self.check(
                    text.unicodeScalars.count <= 256, field.value, "\(here) is too long; a tag has 256 characters")
                tags[name] = text
            }
            // One more is NodeVault's own.
            try Self.check(tags.count < 50, value, "\(path) has \(tags.count) tags; a key takes 49 besides CreatedBy")
            return tags
        }
    }

    mutating func wrapperKey(_ key: ConfigurationKey) -> WrapperKeyID? {
        var deprecation: ConfigurationProblem?
        let id: WrapperKeyID? = read(key) { value, path throws(HOCONError) in
            var (value, path) = (value, path)
            // Canton before 2.8 wraps the text: { str = "…" }.
            if case .object(let object) = value.content, object.keys == ["str"], let text = object["str"] {
                deprecation = ConfigurationProblem(
                    .warning, at: value.origin, "\(path) = { str = … } is the spelling of Canton before 2.8",
                    hint: "write \(path) = …")
                (value, path) = (text, path.appending("str"))
            }
            guard let id = WrapperKeyID(rawValue: try value.string(path)) else {
                throw HOCONError(
                    .badValue, at: value.origin,
                    "\(path) is no key id, key ARN, alias/NAME or alias ARN of 1 to 300 characters; check it")
            }
            return id
        }
        if let deprecation { report(deprecation) }
        return id
    }

    private mutating func read<R>(
        _ key: ConfigurationKey, _ decode: (HOCONValue, HOCONPath) throws(HOCONError) -> R
    ) -> R? {
        do throws(HOCONError) {
            guard let value = try section.crypto.value(at: key.path), !value.isNull else { return nil }
            return try decode(value, key.path)
        } catch {
            report(ConfigurationProblem(error))
            return nil
        }
    }

    private static func check(_ isGood: Bool, _ value: HOCONValue, _ message: String) throws(HOCONError) {
        guard isGood else { throw HOCONError(.badValue, at: value.origin, message) }
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
