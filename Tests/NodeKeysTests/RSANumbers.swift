import NodeKeys

/// Where the nine integers of the RSAPrivateKey in a 2048-bit PKCS#8 key lie, each with its header.
func rsaNumbers(_ pkcs8: RawSpan) -> [Range<Int>] {
    func byte(_ offset: Int) -> Int { Int(pkcs8.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) }
    // 26 bytes precede RSAPrivateKey, whose own header has 4.
    var position = 30
    var found: [Range<Int>] = []
    while position < pkcs8.byteCount {
        precondition(byte(position) == 2, "an RSAPrivateKey holds integers only")
        let lengthCount = byte(position + 1) < 0x80 ? 0 : byte(position + 1) & 0x7f
        let content = position + 2 + lengthCount
        let length = lengthCount == 0 ? byte(position + 1) : (position + 2..<content).reduce(0) { $0 << 8 | byte($1) }
        found.append(position..<content + length)
        position = content + length
    }
    return found
}
