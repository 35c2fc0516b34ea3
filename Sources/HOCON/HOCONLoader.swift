/// Reads configuration files, merges them, and resolves their substitutions.
///
/// ```swift
/// var loader = HOCONLoader(environment: ProcessInfo.processInfo.environment)
/// loader.files = ["node.conf", "local.conf"]
/// loader.overrides = ["canton.participants.participant1.crypto.kms.region=eu-west-1"]
/// let configuration = try loader.load()
/// let region = try configuration.string("canton.participants.participant1.crypto.kms.region")
/// ```
public struct HOCONLoader: Sendable {
    /// Reads a file: its bytes, or nil when it does not exist. At most `limit` bytes and one more are wanted.
    public typealias ReadFile = @Sendable (_ path: String, _ limit: Int) throws -> [UInt8]?

    /// The files, the least important first: what a later file assigns wins. Default: none.
    public var files: [String] = []
    /// Assignments such as `a.b=5m` that win over all files. The first one for the same key wins. Default: none.
    public var overrides: [String] = []
    /// The variables that `${NAME}` falls back to. Default: none.
    public var environment: [String: String]
    /// The bounds of reading. Default: ``HOCONLimits/init()``.
    public var limits = HOCONLimits()
    /// How files are read. Default: from disk.
    public var readFile: ReadFile

    /// Makes a loader without files.
    public init(environment: [String: String] = [:], readFile: @escaping ReadFile = DiskFile.contents) {
        self.environment = environment
        self.readFile = readFile
    }

    /// Reads the files and overrides and resolves the whole.
    ///
    /// - Throws: ``HOCONError`` for the first thing that is wrong, with its file, line and column.
    public func load() throws(HOCONError) -> HOCONObject {
        try load(LoadContext(limits: limits, environment: environment, readFile: readFile))
    }

    /// Reads as ``load()`` does, and collects the substitutions that stand for nothing instead of throwing at the first of
    /// them: each is left out, as if it were optional.
    ///
    /// - Throws: ``HOCONError`` for anything else that is wrong.
    public func load(collecting unresolved: inout [HOCONError]) throws(HOCONError) -> HOCONObject {
        let context = LoadContext(limits: limits, environment: environment, readFile: readFile)
        context.unresolved = []
        defer { unresolved += context.unresolved ?? [] }
        return try load(context)
    }

    private func load(_ context: LoadContext) throws(HOCONError) -> HOCONObject {
        var root = HOCONObject()
        for file in files {
            root.merge(try Includer.parse(file, context))
        }
        return try finish(root, context)
    }

    /// Reads a text instead of files, then the overrides, and resolves the whole.
    ///
    /// - Parameters:
    ///   - text: HOCON in UTF-8.
    ///   - name: what origins call the text.
    ///   - directory: where its relative includes start; nil refuses them.
    public func load(text: [UInt8], name: String, directory: String? = nil) throws(HOCONError) -> HOCONObject {
        let context = LoadContext(limits: limits, environment: environment, readFile: readFile)
        let root = try Parser.parse(text, Document(.text(name), directory: directory), context)
        return try finish(root, context)
    }

    private func finish(_ root: HOCONObject, _ context: LoadContext) throws(HOCONError) -> HOCONObject {
        var root = root
        for override in overrides.reversed() {
            let end = override.firstIndex { "=:{+".contains($0) } ?? override.startIndex
            let document = Document(.override(String(Space.trimmed(String(override[..<end])))))
            root.merge(try Parser.parse(Array(override.utf8), document, context))
        }
        return try Resolver(root: root, context: context).resolve()
    }
}
