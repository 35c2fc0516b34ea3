import COpenSSL

/// A key's name: Canton's fingerprint of its public key, 68 characters.
///
/// `"1220"` and 64 lower-case hexadecimal digits of SHA-256(0x0000000C ‖ public key bytes): the SubjectPublicKeyInfo
/// DER, but for Ed25519 the 32 raw bytes. (`12 20` is the multihash prefix of SHA-256 with 32 bytes; 12 is Canton's
/// number for fingerprints of public keys.)
public struct KeyID: Hashable, Sendable, Comparable, LosslessStringConvertible {
    /// The 68 characters.
    public let description: String

    /// Reads the 68 characters; nil for anything else.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 68, digits.starts(with: Self.prefix.utf8), digits.allSatisfy(Self.isLowerCaseHex) else {
            return nil
        }
        description = text
    }

    /// The fingerprint of these public key bytes.
    init(publicKeyBytes: [UInt8]) throws(NodeKeysError) {
        let hashed: [UInt8] = [0, 0, 0, 12] + publicKeyBytes
        var digest = [UInt8](repeating: 0, count: 32)
        guard SHA256(hashed, hashed.count, &digest) != nil else { throw .openSSL("SHA-256 of a public key") }
        var text = Array(Self.prefix.utf8)
        for byte in digest {
            for nibble in [byte >> 4, byte & 15] {
                text.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
        }
        description = String(decoding: text, as: UTF8.self)
    }

    /// Orders as the text.
    public static func < (left: KeyID, right: KeyID) -> Bool { left.description < right.description }

    private static let prefix = "1220"

    private static func isLowerCaseHex(_ digit: UInt8) -> Bool {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
