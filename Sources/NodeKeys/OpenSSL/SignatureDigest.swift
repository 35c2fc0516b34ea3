import COpenSSL

/// The digest under a scheme's signatures, fetched once for the process.
final class SignatureDigest: @unchecked Sendable {
    // Unchecked: OpenSSL only reads a fetched digest.
    private let fetched: OpaquePointer?
    private let isNeeded: Bool

    private static let sha256 = SignatureDigest("SHA256")
    private static let sha384 = SignatureDigest("SHA384")
    /// Ed25519 hashes by itself.
    private static let none = SignatureDigest(nil)

    static func of(_ scheme: KeyScheme) -> SignatureDigest {
        switch scheme {
        case .ed25519: none
        case .ecP384: sha384
        case .ecP256, .ecSecp256k1, .rsa2048: sha256
        }
    }

    private init(_ name: String?) {
        isNeeded = name != nil
        fetched = name.flatMap { EVP_MD_fetch(nil, $0, nil) }
    }

    /// What to hand to OpenSSL: nil for Ed25519.
    func digest() throws(NodeKeysError) -> OpaquePointer? {
        guard fetched != nil || !isNeeded else { throw .openSSL("fetching a digest") }
        return fetched
    }
}
