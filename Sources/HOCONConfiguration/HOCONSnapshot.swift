#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif
public import Configuration
public import HOCON

/// A HOCON file as a snapshot of swift-configuration, for `FileProvider` and `ReloadingFileProvider`.
///
/// ```swift
/// let provider = try await FileProvider<HOCONSnapshot>(
///     parsingOptions: .init(directory: "/etc/server"), filePath: "/etc/server/server.conf")
/// let reader = ConfigReader(provider: provider)
/// let port = reader.int(forKey: "http.port", default: 8080)
/// ```
///
/// Includes and substitutions are resolved when the snapshot is made. A value of a key that looks secret (see
/// ``HOCON/HOCONPath/looksSecret``) is marked secret. Durations and sizes are read as strings.
///
/// `ReloadingFileProvider` watches the file itself and not the files it includes, and re-reads watched values as strings: to watch
/// anything else, watch the snapshot.
public struct HOCONSnapshot: Sendable {
    /// How a file is read.
    public struct ParsingOptions: FileParsingOptions {
        /// Where relative includes start. Default: nil, which refuses them, since swift-configuration does not pass the file's path on.
        public var directory: String?
        /// What `${NAME}` falls back to. Default: the environment of the process.
        public var environment: [String: String]
        /// The bounds of reading. Default: HOCON's.
        public var limits: HOCONLimits
        /// How bytes are written. Default: base64.
        public var bytesDecoder: any ConfigBytesFromStringDecoder
        /// The keys whose values are secret besides those that look so. Default: none.
        public var secretsSpecifier: SecretsSpecifier<String, any Sendable>

        /// Makes options.
        public init(
            directory: String? = nil,
            environment: [String: String] = ProcessInfo.processInfo.environment,
            limits: HOCONLimits = HOCONLimits(),
            bytesDecoder: some ConfigBytesFromStringDecoder = .base64,
            secretsSpecifier: SecretsSpecifier<String, any Sendable> = .none
        ) {
            self.directory = directory
            self.environment = environment
            self.limits = limits
            self.bytesDecoder = bytesDecoder
            self.secretsSpecifier = secretsSpecifier
        }

        /// The default options.
        public static var `default`: ParsingOptions { ParsingOptions() }
    }

    /// The name of the provider that made the snapshot.
    public let providerName: String
    /// The resolved file.
    public let root: HOCONObject
    let options: ParsingOptions

    /// True when a value must not be shown.
    func isSecret(_ path: HOCONPath, _ value: HOCONValue) -> Bool {
        path.looksSecret || options.secretsSpecifier.isSecret(key: path.description, value: value)
    }
}

extension HOCONSnapshot: FileConfigSnapshot {
    /// Parses and resolves a file's bytes.
    ///
    /// - Throws: `HOCONError` with line and column.
    public init(data: RawSpan, providerName: String, parsingOptions: ParsingOptions) throws {
        var loader = HOCONLoader(environment: parsingOptions.environment)
        loader.limits = parsingOptions.limits
        let bytes = data.withUnsafeBytes { [UInt8]($0) }
        self.root = try loader.load(text: bytes, name: providerName, directory: parsingOptions.directory)
        self.providerName = providerName
        self.options = parsingOptions
    }
}

extension HOCONSnapshot: ConfigSnapshot {
    /// The value of a key, converted as HOCON converts; nil when there is none, or null.
    ///
    /// - Throws: `HOCONError` `.wrongType` or `.badValue` when the value is of another type.
    public func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let path = HOCONPath(key.components)
        guard let value = try root.value(at: path), !value.isNull else {
            return LookupResult(encodedKey: path.description, value: nil)
        }
        let content = try ContentConversion(path: path, decoder: options.bytesDecoder).content(of: value, as: type)
        return LookupResult(encodedKey: path.description, value: ConfigValue(content, isSecret: isSecret(path, value)))
    }
}

extension HOCONSnapshot: CustomStringConvertible, CustomDebugStringConvertible {
    /// The provider's name and the number of values.
    public var description: String {
        "\(providerName)[\(leaves.count) values]"
    }

    /// The provider's name and all values, the secret ones redacted.
    public var debugDescription: String {
        let values = leaves.map { path, value in "\(path)=\(isSecret(path, value) ? "<REDACTED>" : value.json())" }
        return "\(providerName)[\(values.count) values: \(values.joined(separator: ", "))]"
    }

    /// All values that are no objects, in the order of the file.
    private var leaves: [(HOCONPath, HOCONValue)] {
        func collect(_ object: HOCONObject, under path: HOCONPath) -> [(HOCONPath, HOCONValue)] {
            object.fields.flatMap { field in
                let inner = path.appending(field.key)
                if case .object(let object) = field.value.content { return collect(object, under: inner) }
                return [(inner, field.value)]
            }
        }
        return collect(root, under: HOCONPath([]))
    }
}
