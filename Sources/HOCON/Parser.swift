/// Reads one text into an object whose substitutions are still pending.
///
/// Descends recursively, as deep as the limits allow. The functions for fields, lists and separators are here; values, paths and
/// includes have files of their own.
struct Parser {
    var lexer: Lexer
    /// The token to look at next.
    var token = Token(kind: .newline, start: 0, end: 0, previousEnd: 0, line: 1, column: 1)
    let context: LoadContext
    /// Where the object of an included file lies in the including configuration.
    let prefix: [String]
    /// The keys of the fields that are being parsed, down to the current one.
    var path: [String] = []
    var depth: Int
    /// How many lists enclose the current token, those of including files included.
    var listDepth: Int

    /// Makes a parser; for an included text, `outer` is the parser that stands at the include.
    init(bytes: [UInt8], document: Document, context: LoadContext, outer: Parser? = nil) {
        self.lexer = Lexer(bytes: bytes, document: document)
        self.context = context
        self.prefix = outer.map { $0.prefix + $0.path } ?? []
        self.depth = outer?.depth ?? 0
        self.listDepth = outer?.listDepth ?? 0
    }

    /// Counts a text against the limits, checks that it is UTF-8, and parses it.
    static func parse(
        _ bytes: [UInt8], _ document: Document, _ context: LoadContext, outer: Parser? = nil
    ) throws(HOCONError) -> HOCONObject {
        try context.count(bytes, document)
        try UTF8Check.check(bytes, document)
        var parser = Parser(bytes: bytes, document: document, context: context, outer: outer)
        return try parser.parseDocument()
    }

    /// Reads a whole text: an object, whose braces may be missing.
    mutating func parseDocument() throws(HOCONError) -> HOCONObject {
        try advance()
        try skipNewlines()
        if token.kind == .openBracket {
            throw error("expected an object at the root of the text, found a list; give the list a key")
        }
        var object = HOCONObject()
        if token.kind == .openBrace {
            try parseBraces(into: &object)
            try skipNewlines()
            if token.kind != .endOfText {
                throw error("expected the end of the text after the closing '}', found \(token.description)")
            }
        } else {
            try parseFields(into: &object, isBraced: false)
        }
        return object
    }

    /// Reads `{ … }` into an object. The current token is the opening brace.
    mutating func parseBraces(into object: inout HOCONObject) throws(HOCONError) {
        try descend()
        try advance()
        try parseFields(into: &object, isBraced: true)
        try advance()
        depth -= 1
    }

    /// Reads `[ … ]`. The current token is the opening bracket.
    mutating func parseList() throws(HOCONError) -> HOCONValue {
        let origin = lexer.origin(of: token)
        try descend()
        listDepth += 1
        try advance()
        try skipNewlines()
        var elements: [HOCONValue] = []
        var isResolved = true
        while token.kind != .closeBracket {
            guard token.startsValue else {
                throw error("expected a value or ']' in the list, found \(token.description)")
            }
            let element = try parseValue()
            isResolved = isResolved && element.isResolved
            elements.append(element)
            if try !parseSeparator(), token.kind != .closeBracket {
                throw error("expected ',', a newline or ']' after the list's element, found \(token.description)")
            }
        }
        try advance()
        listDepth -= 1
        depth -= 1
        return HOCONValue(isResolved ? .list(elements) : .pending(Pending(.list(elements))), origin)
    }

    private mutating func parseFields(into object: inout HOCONObject, isBraced: Bool) throws(HOCONError) {
        let closing: Token.Kind = isBraced ? .closeBrace : .endOfText
        try skipNewlines()
        while token.kind != closing {
            if isIncludeKeyword {
                try parseInclude(into: &object)
            } else {
                try parseField(into: &object)
            }
            if try !parseSeparator(), token.kind != closing {
                if token.kind == .closeBrace { break }
                let end = isBraced ? "'}'" : "the end of the text"
                throw error("expected ',', a newline or \(end) after the value, found \(token.description)")
            }
        }
        if token.kind != closing {
            throw error("expected the end of the text, found '}' that closes no '{'; remove it")
        }
    }

    private mutating func parseField(into object: inout HOCONObject) throws(HOCONError) {
        let keyOrigin = lexer.origin(of: token)
        let key = try parseKey()
        try skipNewlines()
        let value: HOCONValue
        switch token.kind {
        case .openBrace:
            value = try parseValue(under: key)
        case .colon, .equals:
            value = try parseFieldValue(under: key)
        case .plusEquals:
            let element = try parseFieldValue(under: key)
            value = HOCONValue(.pending(Pending(.append(element))), element.origin)
        default:
            throw error("expected '=', ':', '+=' or '{' after the key, found \(token.description)")
        }
        switch key {
        case .element(let element): object.merge(HOCONField(key: element, keyOrigin: keyOrigin, value: value))
        case .path(let elements): object.merge(value, at: elements[...], keyOrigin)
        }
    }

    @inline(__always)
    private mutating func parseFieldValue(under key: Key) throws(HOCONError) -> HOCONValue {
        try advance()
        try skipNewlines()
        guard token.startsValue else {
            throw error("expected a value after the key, found \(token.description); write \"\" for an empty text")
        }
        return try parseValue(under: key)
    }

    /// Reads a value whose includes, if it has any, will lie under the key.
    private mutating func parseValue(under key: Key) throws(HOCONError) -> HOCONValue {
        depth += key.count - 1
        try checkDepth()
        defer { depth -= key.count - 1 }
        if token.isSimple, token.kind != .substitution { return try parseValue() }
        let outer = path.count
        switch key {
        case .element(let element): path.append(element)
        case .path(let elements): path += elements
        }
        let value = try parseValue()
        while path.count > outer { path.removeLast() }
        return value
    }

    /// Skips newlines and at most one comma, and returns true when there was any.
    private mutating func parseSeparator() throws(HOCONError) -> Bool {
        var found = token.kind == .newline
        try skipNewlines()
        if token.kind == .comma {
            found = true
            try advance()
            try skipNewlines()
        }
        return found
    }
}

extension Parser {
    @inline(__always)
    mutating func advance() throws(HOCONError) {
        token = try lexer.next()
    }

    @inline(__always)
    mutating func skipNewlines() throws(HOCONError) {
        while token.kind == .newline { try advance() }
    }

    mutating func descend() throws(HOCONError) {
        depth += 1
        try checkDepth()
    }

    func checkDepth() throws(HOCONError) {
        if depth > context.limits.maximumDepth {
            throw HOCONError(
                .limitExceeded, at: lexer.origin(of: token),
                "expected at most \(context.limits.maximumDepth) levels of nesting, found more")
        }
    }

    func error(_ message: String) -> HOCONError {
        HOCONError(.syntax, at: lexer.origin(of: token), message)
    }
}
