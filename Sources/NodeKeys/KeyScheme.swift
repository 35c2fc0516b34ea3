/// A kind of key that the vault keeps.
///
/// The raw value is the name used in records, configuration, commands and JSON.
public enum KeyScheme: String, Sendable, CaseIterable, Codable, CustomStringConvertible {
    /// Ed25519 (RFC 8032); signatures are the 64 raw bytes.
    case ed25519
    /// NIST P-256; ECDSA over SHA-256 with DER signatures, and ECDH for ECIES.
    case ecP256 = "ec-p256"
    /// NIST P-384; ECDSA over SHA-384 with DER signatures.
    case ecP384 = "ec-p384"
    /// SEC 2 secp256k1; ECDSA over SHA-256 with DER signatures.
    case ecSecp256k1 = "ec-secp256k1"
    /// RSA with a modulus of exactly 2048 bits; OAEP with SHA-256 and MGF1 over SHA-256.
    case rsa2048 = "rsa-2048"

    /// What keys of this scheme may be used for: Canton's supported schemes.
    public var purposes: [KeyPurpose] {
        switch self {
        case .ed25519, .ecP384, .ecSecp256k1: [.signing]
        case .ecP256: [.signing, .encryption]
        case .rsa2048: [.encryption]
        }
    }

    /// Whether keys of this scheme may serve `purpose`.
    public func allows(_ purpose: KeyPurpose) -> Bool { purposes.contains(purpose) }

    /// Refuses a purpose that the scheme does not serve.
    ///
    /// - Throws: ``NodeKeysError`` `.purposeNotAllowed`, naming the schemes that do.
    public func require(_ purpose: KeyPurpose) throws(NodeKeysError) {
        guard allows(purpose) else { throw notAllowed(purpose) }
    }

    func notAllowed(_ purpose: KeyPurpose) -> NodeKeysError {
        let able = KeyScheme.allCases.filter { $0.allows(purpose) }.map(\.rawValue).joined(separator: ", ")
        return NodeKeysError(
            .purposeNotAllowed, "\(rawValue) keys are not for \(purpose); schemes for \(purpose) are \(able)")
    }

    /// The name.
    public var description: String { rawValue }

    /// The names of all schemes, for messages.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
