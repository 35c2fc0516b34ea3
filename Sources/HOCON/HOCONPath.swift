/// The way to a value through nested objects, such as `canton.participants."node 1".crypto`.
public struct HOCONPath: Hashable, Sendable {
    /// The keys from the root on.
    public let elements: [String]

    /// Makes a path of keys, which may contain any character.
    public init(_ elements: [String]) {
        self.elements = elements
    }

    /// Reads a path as it is written in a file: elements separated by dots, quoted where they contain special characters.
    ///
    /// - Throws: ``HOCONError`` `.syntax` when it is no path.
    public init(parsing text: String) throws(HOCONError) {
        var parser = Parser(
            bytes: Array(text.utf8), document: Document(.text("path")), context: LoadContext.detached(HOCONLimits()))
        self.elements = try parser.parseWholePath()
    }

    /// The path to a key under this one.
    public func appending(_ element: String) -> HOCONPath {
        HOCONPath(elements + [element])
    }

    /// True when a key on the way names a secret: its value does not belong into messages. The place of one
    /// (`passphrase-file`, `private-key-store`) is none.
    public var looksSecret: Bool {
        elements.contains { element in
            let name = element.lowercased()
            return HOCONPath.secretWords.contains { name.contains($0) }
                && !HOCONPath.places.contains { name.hasSuffix($0) }
        }
    }

    private static let places = ["-file", "-path", "-store", "-id"]

    private static let secretWords = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "private-key", "privatekey", "api-key",
        "apikey",
    ]
}

extension HOCONPath: CustomStringConvertible {
    /// The path as a file would write it.
    public var description: String {
        elements.map(HOCONPath.written).joined(separator: ".")
    }

    private static func written(_ element: String) -> String {
        let isPlain =
            !element.isEmpty
            && element.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        return isPlain ? element : JSONText.quoted(element)
    }
}

extension HOCONPath: ExpressibleByStringLiteral {
    /// Reads a path written in the program. Traps when it is none.
    public init(stringLiteral text: String) {
        do throws(HOCONError) {
            try self.init(parsing: text)
        } catch {
            preconditionFailure("\"\(text)\" is no HOCON path: \(error)")
        }
    }
}
