/// The check that a text is UTF-8.
enum UTF8Check {
    /// Throws at the first byte that is not UTF-8.
    static func check(_ bytes: [UInt8], _ document: Document) throws(HOCONError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let position = error.byteOffsets.lowerBound
            let before = bytes[..<position]
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let origin = HOCONOrigin(
                document, line: UInt32(truncatingIfNeeded: line),
                column: UInt32(truncatingIfNeeded: position - lineStart + 1))
            throw HOCONError(.encoding, at: origin, "expected UTF-8, found a byte that is not; save the file as UTF-8")
        }
    }
}
