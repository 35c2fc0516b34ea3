import SecretMemory

/// Writes DER. The `[UInt8]` functions are for what is not secret.
enum DERWriter {
    /// The tag and the shortest length of `contentCount` bytes, at most 65535.
    static func header(_ tag: UInt8, contentCount: Int) -> [UInt8] {
        precondition(contentCount <= 0xffff, "no structure of a key is that long")
        return switch contentCount {
        case ..<0x80: [tag, UInt8(contentCount)]
        case ..<0x100: [tag, 0x81, UInt8(contentCount)]
        default: [tag, 0x82, UInt8(contentCount >> 8), UInt8(contentCount & 0xff)]
        }
    }

    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        header(tag, contentCount: content.count) + content
    }

    static func sequence(_ elements: [UInt8]...) -> [UInt8] {
        element(DERTag.sequence, elements.flatMap { $0 })
    }

    static func integer(_ number: Int) -> [UInt8] {
        precondition(number >= 0, "no structure of a key holds a negative number")
        var magnitude: [UInt8] = []
        var rest = number
        repeat {
            magnitude.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        } while rest > 0
        return integer(magnitude: magnitude)
    }

    /// An INTEGER of a big-endian magnitude without leading zeros.
    static func integer(magnitude: [UInt8]) -> [UInt8] {
        element(DERTag.integer, (magnitude.first ?? 0) < 0x80 ? magnitude : [0] + magnitude)
    }

    static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(DERTag.bitString, [0] + bytes) }
}

extension SecretBytes {
    /// Allocates `count` zero bytes.
    static func zeroed(_ count: Int) throws(NodeKeysError) -> SecretBytes {
        do { return try SecretBytes(zeroedCount: count) } catch { throw NodeKeysError(error) }
    }

    /// Joins public bytes, secret bytes and public bytes in new secret memory.
    static func joining(
        _ prefix: [UInt8], _ secret: RawSpan, _ suffix: [UInt8] = []
    ) throws(NodeKeysError) -> SecretBytes {
        var joined = try SecretBytes.zeroed(prefix.count + secret.byteCount + suffix.count)
        let secretCount = secret.byteCount
        secret.withUnsafeBytes { source in
            joined.withUnsafeMutableBytes { target in
                target.copyBytes(from: prefix)
                UnsafeMutableRawBufferPointer(rebasing: target[prefix.count...]).copyMemory(from: source)
                UnsafeMutableRawBufferPointer(rebasing: target[(prefix.count + secretCount)...]).copyBytes(from: suffix)
            }
        }
        return joined
    }
}
