/// A value that is only known when the whole configuration has been read.
///
/// Unchecked: it belongs to one loading, which runs on one thread; a resolved configuration contains none.
final class Pending: @unchecked Sendable {
    /// What it will be made of.
    enum Form {
        /// `${path}`.
        case reference(Reference)
        /// Values side by side, at least one of which is pending.
        case concatenation([Piece])
        /// What `+=` adds to whatever list lies before it.
        case append(HOCONValue)
        /// A list with pending elements.
        case list([HOCONValue])
        /// What was assigned to the same key, the first assignment first.
        case stack([HOCONValue])
    }

    /// How far its evaluation has come.
    enum State {
        case fresh
        /// Being evaluated, entered while this many stacks were being evaluated.
        case evaluating(stacks: Int)
        /// A stack being evaluated: what the assignments below the current one have given.
        case stacking(HOCONValue?)
        case done(HOCONValue?)
    }

    var form: Form
    var state = State.fresh

    init(_ form: Form) {
        self.form = form
    }
}

/// `${path}`, `${?path}` or `${path[]}`.
final class Reference: Sendable {
    /// The full path: for an included file, its place in the including configuration comes first.
    let path: [String]
    /// How many elements of the path are the place of the included file.
    let prefixLength: Int
    let isOptional: Bool
    /// True for `${NAME[]}`, which takes a list from `NAME_0`, `NAME_1` and so on.
    let isList: Bool
    let origin: HOCONOrigin

    init(path: [String], prefixLength: Int, isOptional: Bool, isList: Bool, origin: HOCONOrigin) {
        self.path = path
        self.prefixLength = prefixLength
        self.isOptional = isOptional
        self.isList = isList
        self.origin = origin
    }

    /// The path as written in the file.
    var writtenPath: [String] { Array(path.dropFirst(prefixLength)) }

    /// The substitution as written, for messages.
    var description: String { "${\(isOptional ? "?" : "")\(HOCONPath(writtenPath))\(isList ? "[]" : "")}" }
}

/// One of several values that stand side by side.
struct Piece {
    let value: HOCONValue
    /// True for the space between two simple values, which counts in texts and not between lists or objects.
    let isSpace: Bool
}
