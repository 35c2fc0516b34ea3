extension Parser {
    /// The key of a field: one element, or a path of several.
    enum Key {
        case element(String)
        case path([String])

        var count: Int {
            switch self {
            case .element: 1
            case .path(let elements): elements.count
            }
        }
    }

    /// Reads the path before a field's separator.
    mutating func parseKey() throws(HOCONError) -> Key {
        let start = token
        switch start.kind {
        case .word, .quoted, .tripleQuoted:
            try advance()
            if !token.isPathText, start.kind != .word || !lexer.contains(UInt8(ascii: "."), start.start, start.end) {
                return .element(try lexer.text(of: start))
            }
            return .path(try parsePath(from: start))
        case .substitution:
            throw error("a substitution cannot be part of a key; write the key out")
        default:
            throw error("expected a key, found \(start.description)")
        }
    }

    /// Reads a path at the current token.
    mutating func parsePath() throws(HOCONError) -> [String] {
        guard token.isPathText else { throw error("expected a path, found \(token.description)") }
        let start = token
        try advance()
        return try parsePath(from: start)
    }

    /// Reads a text that is a path and nothing else.
    mutating func parseWholePath() throws(HOCONError) -> [String] {
        try advance()
        let elements = try parsePath()
        guard token.kind == .endOfText else { throw error("expected the end of the path, found \(token.description)") }
        return elements
    }

    /// Reads the path that begins with a token already passed. Dots outside quotes separate its elements; space between the
    /// pieces of an element belongs to it.
    private mutating func parsePath(from start: Token) throws(HOCONError) -> [String] {
        var elements: [String] = []
        elements.reserveCapacity(4)
        var element = ""
        var isQuoted = false
        var piece = start
        while true {
            if piece.kind == .word {
                var from = piece.start
                for dot in piece.start..<piece.end where lexer.bytes[dot] == UInt8(ascii: ".") {
                    append(lexer.text(from, dot), to: &element)
                    try finish(&element, isQuoted, into: &elements, piece)
                    isQuoted = false
                    from = dot + 1
                }
                append(lexer.text(from, piece.end), to: &element)
            } else {
                append(try lexer.text(of: piece), to: &element)
                isQuoted = true
            }
            guard token.isPathText else { break }
            if token.start > token.previousEnd { element += lexer.text(token.previousEnd, token.start) }
            piece = token
            try advance()
        }
        try finish(&element, isQuoted, into: &elements, piece)
        return elements
    }

    private func append(_ text: String, to element: inout String) {
        if element.isEmpty { element = text } else { element += text }
    }

    private func finish(
        _ element: inout String, _ isQuoted: Bool, into elements: inout [String], _ piece: Token
    ) throws(HOCONError) {
        if element.isEmpty, !isQuoted {
            throw HOCONError(
                .syntax, at: lexer.origin(of: piece),
                "a path must not begin or end with '.', or have two in a row; write \"\" for an empty element")
        }
        elements.append(element)
        element = ""
    }
}

extension Token {
    /// True when the token can be part of a path.
    fileprivate var isPathText: Bool {
        switch kind {
        case .word, .quoted, .tripleQuoted: true
        default: false
        }
    }
}
