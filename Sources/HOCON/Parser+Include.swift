extension Parser {
    /// True at the unquoted word `include` where a key is expected.
    var isIncludeKeyword: Bool {
        token.kind == .word && lexer.isText(token.start, token.end, "include")
    }

    /// Reads an include statement and merges what it names into the object.
    mutating func parseInclude(into object: inout HOCONObject) throws(HOCONError) {
        let origin = lexer.origin(of: token)
        try advance()
        let wrappers = try parseWrappers()
        guard token.kind == .quoted || token.kind == .tripleQuoted else {
            throw error("expected a quoted file name after include, found \(token.description)")
        }
        let name = try lexer.text(of: token)
        try advance()
        try parseClosingParentheses(wrappers.count)
        let statement = IncludeStatement(name: name, wrappers: wrappers, origin: origin)
        object.merge(try Includer(context: context, document: lexer.document).include(statement, in: self))
    }

    /// Reads `required(`, `file(`, `url(` and `classpath(` before the file name.
    private mutating func parseWrappers() throws(HOCONError) -> [IncludeStatement.Wrapper] {
        var wrappers: [IncludeStatement.Wrapper] = []
        try skipNewlines()
        while token.kind == .word {
            let names = lexer.text(token.start, token.end).split(separator: "(", omittingEmptySubsequences: false)
            guard names.count > 1, names.last == "" else { throw wrapperError() }
            for name in names.dropLast() {
                guard let wrapper = IncludeStatement.Wrapper(rawValue: String(name)) else { throw wrapperError() }
                wrappers.append(wrapper)
            }
            try advance()
            try skipNewlines()
        }
        let isOrdered =
            wrappers.count < 2 || (wrappers.count == 2 && wrappers[0] == .required && wrappers[1] != .required)
        guard isOrdered else { throw wrapperError() }
        return wrappers
    }

    private mutating func parseClosingParentheses(_ count: Int) throws(HOCONError) {
        var open = count
        while open > 0 {
            try skipNewlines()
            guard token.kind == .word, token.end - token.start <= open,
                lexer.bytes[token.start..<token.end].allSatisfy({ $0 == UInt8(ascii: ")") })
            else { throw error("expected ')' after the name of the included file, found \(token.description)") }
            open -= token.end - token.start
            try advance()
        }
    }

    private func wrapperError() -> HOCONError {
        error(
            "expected a quoted file name, file(\"…\") or required(\"…\") after include; put the key into quotes if it begins with the word include"
        )
    }
}
