/// What an `include` asks for.
struct IncludeStatement {
    enum Wrapper: String {
        case required, file, url, classpath
    }

    let name: String
    let wrappers: [Wrapper]
    let origin: HOCONOrigin

    var isRequired: Bool { wrappers.contains(.required) }
}

/// Finds and reads included files.
struct Includer {
    let context: LoadContext
    /// The text with the include statement.
    let document: Document

    /// Reads the files that a statement names, or none when it names none that exist and none is required.
    func include(_ statement: IncludeStatement, in parser: Parser) throws(HOCONError) -> HOCONObject {
        try checkIsFile(statement)
        for directory in try directories(for: statement) {
            var result: HOCONObject?
            for path in candidates(statement.name) {
                // A basename's .json and .conf are merged; the bare name counts where neither exists.
                if path == statement.name, result != nil { continue }
                guard let object = try parse(FilePath.joined(directory, path), statement, parser) else { continue }
                if result == nil { result = object } else { result?.merge(object) }
            }
            if let result { return result }
        }
        if statement.isRequired {
            throw HOCONError(
                .fileNotFound, at: statement.origin,
                "the required file \(JSONText.quoted(statement.name)) does not exist; create it or correct the name")
        }
        return HOCONObject()
    }

    /// Parses a file that is given, not included.
    static func parse(_ path: String, _ context: LoadContext) throws(HOCONError) -> HOCONObject {
        let origin = HOCONOrigin(.file(path))
        guard let bytes = try read(path, context, at: origin) else {
            throw HOCONError(
                .fileNotFound, at: origin, "the configuration file does not exist; create it or correct the name")
        }
        return try parse(bytes, of: path, context)
    }

    private func parse(
        _ path: String, _ statement: IncludeStatement, _ parser: Parser
    ) throws(HOCONError) -> HOCONObject? {
        guard let bytes = try Includer.read(path, context, at: statement.origin) else { return nil }
        let normal = FilePath.normal(path)
        if context.openFiles.contains(normal) {
            let chain = (context.openFiles.drop { $0 != normal } + [normal]).joined(separator: " → ")
            throw HOCONError(
                .includeLoop, at: statement.origin, "the file includes itself: \(chain); remove one of the includes")
        }
        if context.openFiles.count > context.limits.maximumIncludeDepth {
            throw HOCONError(
                .limitExceeded, at: statement.origin,
                "expected includes at most \(context.limits.maximumIncludeDepth) levels deep, found more")
        }
        return try Includer.parse(bytes, of: path, context, outer: parser)
    }

    private static func parse(
        _ bytes: [UInt8], of path: String, _ context: LoadContext, outer: Parser? = nil
    ) throws(HOCONError) -> HOCONObject {
        context.openFiles.append(FilePath.normal(path))
        defer { context.openFiles.removeLast() }
        let document = Document(.file(path), directory: FilePath.directory(of: path))
        return try Parser.parse(bytes, document, context, outer: outer)
    }

    private static func read(_ path: String, _ context: LoadContext, at origin: HOCONOrigin) throws(HOCONError)
        -> [UInt8]?
    {
        do {
            return try context.readFile(path, context.remainingBytes)
        } catch {
            throw HOCONError(.fileUnreadable, at: origin, "cannot read \(JSONText.quoted(path)): \(error)")
        }
    }

    private func checkIsFile(_ statement: IncludeStatement) throws(HOCONError) {
        let name = statement.name
        let isAddress = ["http:", "https:", "ftp:", "jar:", "file:"].contains { name.hasPrefix($0) }
        let found: String? =
            if statement.wrappers.contains(.url) || (isAddress && !statement.wrappers.contains(.file)) {
                "an address"
            } else if statement.wrappers.contains(.classpath) {
                "a Java classpath resource"
            } else if name.hasSuffix(".properties") {
                "a Java properties file"
            } else {
                nil
            }
        if let found {
            throw HOCONError(
                .unsupportedInclude, at: statement.origin,
                "cannot include \(found), only HOCON and JSON files; copy it to a file and include that")
        }
    }

    /// Where to look: beside the including file, and for `file()` in the working directory too, as Lightbend's implementation does.
    private func directories(for statement: IncludeStatement) throws(HOCONError) -> [String] {
        if statement.name.hasPrefix("/") { return [""] }
        let isFile = statement.wrappers.contains(.file)
        if let directory = document.directory { return isFile ? [directory, ""] : [directory] }
        if isFile { return [""] }
        throw HOCONError(
            .unsupportedInclude, at: statement.origin,
            "this text comes from no file, so there is no directory for an include to start from; name the file by its full path"
        )
    }

    private func candidates(_ name: String) -> [String] {
        if name.hasSuffix(".conf") || name.hasSuffix(".json") { return [name] }
        return [name + ".json", name + ".conf", name]
    }
}
