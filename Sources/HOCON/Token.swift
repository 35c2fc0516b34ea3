/// A piece of HOCON text. Spaces and comments are no tokens; newlines are.
struct Token {
    enum Kind: UInt8 {
        case endOfText, newline, comma, colon, equals, plusEquals
        case openBrace, closeBrace, openBracket, closeBracket
        /// `"…"`.
        case quoted
        /// `"""…"""`.
        case tripleQuoted
        /// A run of characters without spaces, quotes and reserved characters.
        case word
        /// `${` or `${?`; the path and the closing brace follow.
        case substitution
    }

    var kind: Kind
    /// Where the token begins.
    var start: Int
    /// Where the token ends, exclusively.
    var end: Int
    /// Where the token before it ended: between the two lies the space that counts in a concatenation.
    var previousEnd: Int
    var line: UInt32
    var column: UInt32
    /// True for a quoted text with a backslash in it, and for `${?`.
    var isMarked = false

    /// True when a value can begin with this token.
    var startsValue: Bool {
        switch kind {
        case .quoted, .tripleQuoted, .word, .substitution, .openBrace, .openBracket: true
        default: false
        }
    }

    /// True when the token is a simple value, around which space counts.
    var isSimple: Bool {
        switch kind {
        case .quoted, .tripleQuoted, .word, .substitution: true
        default: false
        }
    }

    /// The token in the words of messages. Never the text of a key or value, which may be a secret.
    var description: String {
        switch kind {
        case .endOfText: "the end of the text"
        case .newline: "the end of the line"
        case .comma: "','"
        case .colon: "':'"
        case .equals: "'='"
        case .plusEquals: "'+='"
        case .openBrace: "'{'"
        case .closeBrace: "'}'"
        case .openBracket: "'['"
        case .closeBracket: "']'"
        case .quoted, .tripleQuoted: "a quoted text"
        case .word: "an unquoted text"
        case .substitution: "a substitution"
        }
    }
}
