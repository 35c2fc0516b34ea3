import COpenSSL

/// The content bytes of an OBJECT IDENTIFIER.
struct AlgorithmOID: Hashable, CustomStringConvertible {
    let bytes: [UInt8]

    static let ed25519 = AlgorithmOID(bytes: [0x2b, 0x65, 0x70])
    static let ecPublicKey = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01])
    static let p256 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07])
    static let p384 = AlgorithmOID(bytes: [0x2b, 0x81, 0x04, 0x00, 0x22])
    static let secp256k1 = AlgorithmOID(bytes: [0x2b, 0x81, 0x04, 0x00, 0x0a])
    static let rsaEncryption = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01])

    static let pbes2 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d])
    static let pbkdf2 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c])
    static let scrypt = AlgorithmOID(bytes: [0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b])
    static let hmacSHA1 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x07])
    static let hmacSHA256 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09])
    static let hmacSHA384 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0a])
    static let hmacSHA512 = AlgorithmOID(bytes: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0b])
    static let aes128CBC = AlgorithmOID(bytes: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02])
    static let aes192CBC = AlgorithmOID(bytes: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16])
    static let aes256CBC = AlgorithmOID(bytes: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a])

    /// The whole DER element.
    var der: [UInt8] { DERWriter.element(DERTag.objectIdentifier, bytes) }

    /// OpenSSL's name and the dotted numbers, as `ED448 (1.3.101.113)`; the numbers alone where it has no name.
    var description: String {
        let dotted = dottedNumbers
        let number = OBJ_txt2nid(dotted)
        guard number != NID_undef, let name = OBJ_nid2ln(number) else { return dotted }
        return "\(String(cString: name)) (\(dotted))"
    }

    private var dottedNumbers: String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in bytes {
            // An arc beyond 64 bits is in no algorithm; it is only printed, so it may wrap.
            arc = arc << 7 | UInt64(byte & 0x7f)
            guard byte < 0x80 else { continue }
            if arcs.isEmpty {
                let root = min(arc / 40, 2)
                arcs = [root, arc - 40 * root]
            } else {
                arcs.append(arc)
            }
            arc = 0
        }
        return arcs.map(String.init).joined(separator: ".")
    }
}

extension DERReader {
    /// Reads an OBJECT IDENTIFIER.
    mutating func objectIdentifier(in bytes: RawSpan) throws(NodeKeysError) -> AlgorithmOID {
        let content = try next(DERTag.objectIdentifier, in: bytes)
        guard let last = content.last, content.count <= 64, bytes.byte(at: last) < 0x80 else {
            throw .malformed("an object identifier at byte \(content.lowerBound) is not complete")
        }
        return AlgorithmOID(bytes: bytes.publicBytes(in: content))
    }
}
