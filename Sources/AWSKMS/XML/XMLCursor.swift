/// A strict reader of XML text that lies in secret memory: it finds where things are, and copies nothing.
///
/// Elements with their attributes, text, entities and one XML declaration: what AWS's query protocol sends. No document
/// types, comments, processing instructions or CDATA. Source: XML 1.0, fifth edition.
struct XMLCursor {
    /// What an answer is not; which byte was wrong is of no use to anybody.
    struct Malformed: Error {}

    /// An element's name, and where its content lies.
    struct Element: Equatable {
        let name: String
        let content: Range<Int>
    }

    private static let maximumDepth = 16

    private let bytes: UnsafeRawBufferPointer
    private var index: Int
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        precondition(range.upperBound <= bytes.count, "an element lies inside its text")
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    /// The one element of a document, after its declaration.
    mutating func root() throws(Malformed) -> Element {
        skipSpace()
        if takes("<?xml ") {
            while !takes("?>") {
                guard index < end, bytes[index] != UInt8(ascii: "<") else { throw Malformed() }
                index += 1
            }
        }
        skipSpace()
        guard let root = try element(depth: 0) else { throw Malformed() }
        skipSpace()
        guard index == end else { throw Malformed() }
        return root
    }

    /// The elements that begin here, up to the end; nothing but space between them.
    mutating func children() throws(Malformed) -> [Element] {
        var found = [Element]()
        skipSpace()
        while index < end {
            guard let child = try element(depth: 0) else { throw Malformed() }
            found.append(child)
            skipSpace()
        }
        return found
    }

    /// The element that begins here; nil where none does.
    private mutating func element(depth: Int) throws(Malformed) -> Element? {
        guard depth <= Self.maximumDepth else { throw Malformed() }
        guard peek == UInt8(ascii: "<"), index + 1 < end, bytes[index + 1] != UInt8(ascii: "/") else { return nil }
        index += 1
        let name = try name()
        try attributes()
        if takes("/>") { return Element(name: name, content: index..<index) }
        guard takes(">") else { throw Malformed() }
        let start = index
        repeat { skipText() } while try element(depth: depth + 1) != nil
        let content = start..<index
        guard takes("</"), try self.name() == name else { throw Malformed() }
        skipSpace()
        guard takes(">") else { throw Malformed() }
        return Element(name: name, content: content)
    }

    private mutating func attributes() throws(Malformed) {
        while true {
            let before = index
            skipSpace()
            guard let byte = peek, byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") else { return }
            guard index > before else { throw Malformed() }
            _ = try name()
            guard takes("="), let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw Malformed()
            }
            index += 1
            while let byte = peek, byte != quote {
                guard byte != UInt8(ascii: "<") else { throw Malformed() }
                index += 1
            }
            guard peek != nil else { throw Malformed() }
            index += 1
        }
    }

    private mutating func name() throws(Malformed) -> String {
        let start = index
        while let byte = peek, Self.isName(byte) { index += 1 }
        guard index > start else { throw Malformed() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            || "-_.:".utf8.contains(byte)
    }

    private var peek: UInt8? { index < end ? bytes[index] : nil }

    private mutating func skipText() {
        while let byte = peek, byte != UInt8(ascii: "<") { index += 1 }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

    private mutating func takes(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard index + count <= end, (0..<count).allSatisfy({ bytes[index + $0] == word.utf8Start[$0] }) else {
            return false
        }
        index += count
        return true
    }
}
