import SecretMemory

/// One block of a PEM file: where its base64 text lies. It holds no secret.
struct PEMBlock {
    /// As in `-----BEGIN label-----`.
    let label: String
    /// Everything between the two boundary lines.
    let body: Range<Int>
}

/// Reads PEM (RFC 7468, lax about white space and about text before the first block) that may be secret.
///
/// What is a line, a boundary or white space is decided by branches; base64 characters are not told apart.
enum PEMReader {
    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)
    private static let longestLabel = 40

    /// Whether a line of the file begins a block.
    static func isPEM(_ bytes: RawSpan) -> Bool {
        for line in lines(bytes) where starts(bytes, line, with: begin) { return true }
        return false
    }

    /// The file's blocks in order.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed` for a block that does not end, text after the first block, or bad
    ///   boundaries.
    static func blocks(_ bytes: RawSpan) throws(NodeKeysError) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (label: String, bodyStart: Int)?
        for line in lines(bytes) {
            if let (label, bodyStart) = open {
                guard !starts(bytes, line, with: begin) else {
                    throw .malformed("the PEM block \(label) begins and does not end")
                }
                guard starts(bytes, line, with: end) else { continue }
                guard try self.label(bytes, line, after: end) == label else {
                    throw .malformed("the PEM block \(label) ends with another label")
                }
                blocks.append(PEMBlock(label: label, body: bodyStart..<line.lowerBound))
                open = nil
            } else if starts(bytes, line, with: begin) {
                open = (try label(bytes, line, after: begin), line.upperBound)
            } else if !blocks.isEmpty, !line.isEmpty {
                throw .malformed("text follows the PEM block \(blocks[blocks.count - 1].label)")
            }
        }
        if let open { throw .malformed("the PEM block \(open.label) begins and does not end") }
        return blocks
    }

    /// Decodes a block's base64 into secret memory.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed`, or `.unsupportedAlgorithm` for a block with headers (legacy
    ///   encryption).
    static func decode(_ block: PEMBlock, in bytes: RawSpan) throws(NodeKeysError) -> SecretBytes {
        for offset in block.body where bytes.byte(at: offset) == UInt8(ascii: ":") {
            throw NodeKeysError(
                .unsupportedAlgorithm,
                "found PEM headers in \(block.label), OpenSSL's legacy encryption (Proc-Type: 4,ENCRYPTED), whose key is one "
                    + "MD5 hash of the passphrase; convert the file with openssl pkcs8 -topk8 -scrypt")
        }
        let (count, paddingCount) = try measure(block, in: bytes)
        var decoded = try SecretBytes.zeroed(count / 4 * 3)
        let invalid = decoded.withUnsafeMutableBytes { target in
            write(block.body, of: bytes, characterCount: count - paddingCount, into: target)
        }
        guard !invalid else { throw .malformed("the PEM block \(block.label) is not base64") }
        decoded.truncate(to: decoded.count - paddingCount)
        return decoded
    }

    /// Counts characters and the `=` among them, which end the text.
    private static func measure(_ block: PEMBlock, in bytes: RawSpan) throws(NodeKeysError) -> (Int, padding: Int) {
        var count = 0
        var paddingCount = 0
        for offset in block.body where !isSpace(bytes.byte(at: offset)) {
            let isPadding = bytes.byte(at: offset) == UInt8(ascii: "=")
            guard isPadding || paddingCount == 0 else { throw .malformed("the PEM block \(block.label) is not base64") }
            paddingCount += isPadding ? 1 : 0
            count += 1
        }
        guard count > 0 else { throw .malformed("the PEM block \(block.label) is empty") }
        guard count.isMultiple(of: 4), paddingCount <= 2 else {
            throw .malformed("the PEM block \(block.label) is not base64: its length or padding is wrong")
        }
        return (count, paddingCount)
    }

    /// Decodes `characterCount` characters, and answers whether one was none of base64's or bits were left over.
    private static func write(
        _ body: Range<Int>, of bytes: RawSpan, characterCount: Int, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var wrong = 0
        var bits = 0
        var bitCount = 0
        var written = 0
        for offset in body where !isSpace(bytes.byte(at: offset)) && bytes.byte(at: offset) != UInt8(ascii: "=") {
            let value = Base64.value(bytes.byte(at: offset))
            wrong |= value
            bits = (bits << 6 | value & 63) & 0xffff
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            target[written] = UInt8(truncatingIfNeeded: bits >> bitCount)
            written += 1
        }
        // A value is negative for a wrong character; what is left of the last one must be zero (RFC 4648 section 3.5).
        return wrong < 0 || bits & ((1 << bitCount) - 1) != 0
    }

    private static func label(
        _ bytes: RawSpan, _ line: Range<Int>, after prefix: [UInt8]
    ) throws(NodeKeysError) -> String {
        let range = line.lowerBound + prefix.count..<max(line.lowerBound + prefix.count, line.upperBound - dashes.count)
        let label = bytes.publicBytes(in: range.prefix(longestLabel + 1))
        let isPlain = label.allSatisfy { isCapital($0) || isDigit($0) || $0 == UInt8(ascii: " ") }
        guard !label.isEmpty, label.count <= longestLabel, isPlain,
            bytes.holds(dashes, at: line.suffix(dashes.count))
        else { throw .malformed("a PEM boundary line at byte \(line.lowerBound) is not whole") }
        return String(decoding: label, as: UTF8.self)
    }

    /// The lines, without white space at their ends.
    private static func lines(_ bytes: RawSpan) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        for offset in 0...bytes.byteCount {
            guard offset == bytes.byteCount || bytes.byte(at: offset) == 0x0a else { continue }
            var end = offset
            while end > start, isSpace(bytes.byte(at: end - 1)) { end -= 1 }
            lines.append(start..<end)
            start = offset + 1
        }
        return lines
    }

    private static func starts(_ bytes: RawSpan, _ line: Range<Int>, with prefix: [UInt8]) -> Bool {
        bytes.holds(prefix, at: line.prefix(prefix.count))
    }

    private static func isCapital(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
    }
}
