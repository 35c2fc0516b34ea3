/// One DER element: its tag, and where it lies. It holds no bytes, so it is safe to keep for a secret.
struct DERElement {
    let tag: UInt8
    /// Header and content, as offsets from the start of the bytes read.
    let whole: Range<Int>
    /// The content alone.
    let content: Range<Int>
}

/// The tags that keys are made of (X.690 section 8).
enum DERTag {
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    /// `[0]` and `[1]`, constructed.
    static let context0: UInt8 = 0xa0
    static let context1: UInt8 = 0xa1
    /// `[1]` over a primitive type, as `[1] IMPLICIT BIT STRING`.
    static let primitiveContext1: UInt8 = 0x81
}

/// Reads DER strictly, one element after another, out of a range of bytes that the caller passes each time.
///
/// Only what DER allows: definite lengths in the shortest form, one-byte tags, minimal integers. Source: X.690 section
/// 10.
struct DERReader {
    private var position: Int
    private let end: Int
    /// Names the structure in errors, as `"PKCS#8 private key"`.
    private let structure: StaticString

    init(_ range: Range<Int>, of structure: StaticString) {
        position = range.lowerBound
        end = range.upperBound
        self.structure = structure
    }

    /// Reads the one SEQUENCE that must be all of `bytes`, and answers a reader of its content.
    static func whole(_ bytes: RawSpan, of structure: StaticString) throws(NodeKeysError) -> DERReader {
        guard bytes.byteCount > 0 else { throw .malformed("a \(structure) is expected, and there are no bytes") }
        var outer = DERReader(0..<bytes.byteCount, of: structure)
        let inner = try outer.nested(DERTag.sequence, in: bytes)
        try outer.finish()
        return inner
    }

    var isAtEnd: Bool { position == end }

    /// The tag of the next element, or nil at the end.
    func peek(in bytes: RawSpan) -> UInt8? { isAtEnd ? nil : bytes.byte(at: position) }

    /// Reads the next element, whatever its tag.
    mutating func next(in bytes: RawSpan) throws(NodeKeysError) -> DERElement {
        let start = position
        let tag = try takeByte(in: bytes)
        guard tag & 0x1f != 0x1f else { throw error("a tag of more than one byte", at: start) }
        var length = Int(try takeByte(in: bytes))
        if length >= 0x80 {
            let count = length & 0x7f
            // Two bytes reach 65535, more than any file that is read.
            guard count == 1 || count == 2 else {
                throw error(count == 0 ? "an indefinite length" : "a length beyond the end", at: start)
            }
            length = 0
            for _ in 0..<count { length = length << 8 | Int(try takeByte(in: bytes)) }
            guard length >= (count == 1 ? 0x80 : 0x100) else {
                throw error("a length not in its shortest form", at: start)
            }
        }
        guard length <= end - position else { throw error("a length beyond the end", at: start) }
        let content = position..<position + length
        position += length
        return DERElement(tag: tag, whole: start..<position, content: content)
    }

    /// Reads the next element, which must have `tag`, and answers where its content lies.
    mutating func next(_ tag: UInt8, in bytes: RawSpan) throws(NodeKeysError) -> Range<Int> {
        let start = position
        let element = try next(in: bytes)
        guard element.tag == tag else {
            throw error("tag \(element.tag) where tag \(tag) belongs", at: start)
        }
        return element.content
    }

    /// As ``next(_:in:)``, answering a reader of the content.
    mutating func nested(_ tag: UInt8, in bytes: RawSpan) throws(NodeKeysError) -> DERReader {
        DERReader(try next(tag, in: bytes), of: structure)
    }

    /// Reads an INTEGER that is not negative, and answers where its magnitude lies, without the sign byte.
    mutating func magnitude(in bytes: RawSpan) throws(NodeKeysError) -> Range<Int> {
        let start = position
        let content = try next(DERTag.integer, in: bytes)
        guard let first = content.first else { throw error("an empty integer", at: start) }
        let leading = bytes.byte(at: first)
        guard leading < 0x80 else { throw error("a negative integer", at: start) }
        guard leading == 0, content.count > 1 else { return content }
        guard bytes.byte(at: first + 1) >= 0x80 else { throw error("an integer not in its shortest form", at: start) }
        return content.dropFirst()
    }

    /// Reads an INTEGER from 0 to 2^32 - 1.
    mutating func smallInteger(in bytes: RawSpan) throws(NodeKeysError) -> Int {
        let start = position
        let content = try magnitude(in: bytes)
        guard content.count <= 4 else { throw error("a number above 4294967295", at: start) }
        return content.reduce(0) { $0 << 8 | Int(bytes.byte(at: $1)) }
    }

    /// Reads a BIT STRING of whole bytes under `tag`, and answers where they lie.
    mutating func bits(_ tag: UInt8 = DERTag.bitString, in bytes: RawSpan) throws(NodeKeysError) -> Range<Int> {
        let start = position
        let content = try next(tag, in: bytes)
        guard let first = content.first, bytes.byte(at: first) == 0 else {
            throw error("a bit string that is not of whole bytes", at: start)
        }
        return content.dropFirst()
    }

    /// Refuses bytes that follow the last element.
    func finish() throws(NodeKeysError) {
        guard isAtEnd else { throw error("\(end - position) bytes too many", at: position) }
    }

    private mutating func takeByte(in bytes: RawSpan) throws(NodeKeysError) -> UInt8 {
        guard position < end else { throw error("the end too early", at: position) }
        defer { position += 1 }
        return bytes.byte(at: position)
    }

    private func error(_ found: String, at offset: Int) -> NodeKeysError {
        .malformed("this is no \(structure) in strict DER: \(found), at byte \(offset)")
    }
}

extension RawSpan {
    /// The byte at `offset`, which must be inside.
    func byte(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    /// Whether the bytes in `range` are these, in time that depends on them: for what is not secret.
    func holds(_ expected: [UInt8], at range: Range<Int>) -> Bool {
        range.count == expected.count && zip(range, expected).allSatisfy { byte(at: $0) == $1 }
    }

    /// Copies out the bytes in `range`: for what is not secret.
    func publicBytes(in range: Range<Int>) -> [UInt8] { range.map { byte(at: $0) } }
}
