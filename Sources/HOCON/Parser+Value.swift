extension Parser {
    /// Reads a value: one, or several that stand side by side on the line and are concatenated.
    mutating func parseValue() throws(HOCONError) -> HOCONValue {
        var wasSimple = token.isSimple
        let first = try parsePiece()
        guard token.startsValue else { return first }
        var pieces = [Piece(value: first, isSpace: false)]
        repeat {
            if wasSimple, token.isSimple, token.start > token.previousEnd {
                let space = HOCONValue(.string(lexer.text(token.previousEnd, token.start)), lexer.origin(of: token))
                pieces.append(Piece(value: space, isSpace: true))
            }
            wasSimple = token.isSimple
            pieces.append(Piece(value: try parsePiece(), isSpace: false))
        } while token.startsValue
        if pieces.contains(where: { $0.value.isPending }) {
            return HOCONValue(.pending(Pending(.concatenation(pieces))), first.origin)
        }
        return try Concatenation.join(pieces, context) ?? first
    }

    /// Reads one value. Unquoted words with spaces between them are one: what they would be concatenated to.
    private mutating func parsePiece() throws(HOCONError) -> HOCONValue {
        let first = token
        let origin = lexer.origin(of: first)
        switch first.kind {
        case .word:
            var end = lexer.skipWords()
            try advance()
            while token.kind == .word {
                end = lexer.skipWords()
                try advance()
            }
            return HOCONValue(scalar(first.start, end), origin)
        case .quoted, .tripleQuoted:
            let text = try lexer.text(of: first)
            try advance()
            return HOCONValue(.string(text), origin)
        case .openBrace:
            var object = HOCONObject()
            try parseBraces(into: &object)
            return HOCONValue(.object(object), origin)
        case .openBracket:
            return try parseList()
        default:
            return try parseSubstitution()
        }
    }

    /// What an unquoted text is: a boolean, null, a number or a string.
    private func scalar(_ start: Int, _ end: Int) -> HOCONValue.Storage {
        switch lexer.bytes[start] {
        case UInt8(ascii: "t") where lexer.isText(start, end, "true"): return .boolean(true)
        case UInt8(ascii: "f") where lexer.isText(start, end, "false"): return .boolean(false)
        case UInt8(ascii: "n") where lexer.isText(start, end, "null"): return .null
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            let text = lexer.text(start, end)
            return NumberText.isNumber(lexer.bytes[start..<end]) ? .number(text) : .string(text)
        default: return .string(lexer.text(start, end))
        }
    }

    /// Reads `${path}`. The current token is `${` or `${?`.
    private mutating func parseSubstitution() throws(HOCONError) -> HOCONValue {
        let origin = lexer.origin(of: token)
        let isOptional = token.isMarked
        if !prefix.isEmpty, listDepth > 0 {
            throw error(
                "a file that is included inside a list must not contain substitutions; include it outside the list")
        }
        try advance()
        let written = try parsePath()
        var isList = false
        if token.kind == .openBracket {
            try advance()
            guard token.kind == .closeBracket else {
                throw error("expected ']' after '[' in the substitution, found \(token.description)")
            }
            isList = true
            try advance()
        }
        guard token.kind == .closeBrace else {
            throw error("expected '}' at the end of the substitution, found \(token.description)")
        }
        try advance()
        let reference = Reference(
            path: prefix + written, prefixLength: prefix.count, isOptional: isOptional, isList: isList, origin: origin)
        return HOCONValue(.pending(Pending(.reference(reference))), origin)
    }
}

extension HOCONValue {
    var isPending: Bool {
        if case .pending = storage { true } else { false }
    }
}
