import COpenSSL

/// A public key of one of the vault's schemes, checked when it is made.
///
/// Equal when the SubjectPublicKeyInfo is.
public struct PublicKey: Sendable, Hashable {
    /// The key's scheme.
    public let scheme: KeyScheme
    /// The X.509 SubjectPublicKeyInfo in DER. EC points are uncompressed.
    public let subjectPublicKeyInfo: [UInt8]
    /// The fingerprint.
    public let keyID: KeyID
    /// What the bit string holds: 32 bytes for Ed25519, an uncompressed point for EC, RSAPublicKey for RSA.
    let bits: [UInt8]

    /// Reads strict DER, and nothing after it.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed` for bytes that are no such key, compressed points, points off the
    ///   curve; `.unsupportedAlgorithm` for other algorithms, curves and RSA sizes, and explicit curve parameters.
    public init(subjectPublicKeyInfo der: [UInt8]) throws(NodeKeysError) {
        let (scheme, bits) = try PublicKeyInfo.read(der)
        try self.init(scheme, checkedBits: bits, der: der)
    }

    /// For bits that were just derived from a private key.
    init(_ scheme: KeyScheme, derivedBits bits: [UInt8]) throws(NodeKeysError) {
        try self.init(scheme, checkedBits: bits, der: PublicKeyInfo.der(scheme, bits: bits))
    }

    private init(_ scheme: KeyScheme, checkedBits bits: [UInt8], der: [UInt8]) throws(NodeKeysError) {
        self.scheme = scheme
        self.bits = bits
        subjectPublicKeyInfo = der
        keyID = try KeyID(publicKeyBytes: scheme == .ed25519 ? bits : der)
    }

    /// PEM text (`PUBLIC KEY`), with a final newline.
    public var pem: String {
        let bytes = subjectPublicKeyInfo.span.bytes
        return String(decoding: PEMWriter.text("PUBLIC KEY", bytes), as: UTF8.self)
    }

    /// Whether `signature` over `message` is by this key.
    ///
    /// Ed25519: 64 raw bytes (RFC 8032). EC: DER (RFC 3279) over SHA-256, for P-384 over SHA-384.
    ///
    /// - Throws: ``NodeKeysError`` `.purposeNotAllowed` for schemes that do not sign; `.cryptoFailure`.
    public func isValid(signature: [UInt8], for message: RawSpan) throws(NodeKeysError) -> Bool {
        try scheme.require(.signing)
        ERR_clear_error()
        let key = try OpenSSLKey(self)
        guard let context = EVP_MD_CTX_new() else { throw .openSSL("a digest context") }
        defer { EVP_MD_CTX_free(context) }
        let digest = try SignatureDigest.of(scheme).digest()
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key.pointer) == 1 else {
            throw .openSSL("preparing to verify")
        }
        let result = message.withUnsafeBytes { message in
            EVP_DigestVerify(
                context, signature, signature.count, message.baseAddress?.assumingMemoryBound(to: UInt8.self),
                message.count)
        }
        // Below 0: the signature is not even one in form, which leaves an entry in the queue.
        ERR_clear_error()
        return result == 1
    }

    /// As ``isValid(signature:for:)-(_,RawSpan)``.
    public func isValid(signature: [UInt8], for message: [UInt8]) throws(NodeKeysError) -> Bool {
        try isValid(signature: signature, for: message.span.bytes)
    }

    /// Equal when the SubjectPublicKeyInfo is.
    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.subjectPublicKeyInfo == right.subjectPublicKeyInfo
    }

    /// Hashes the fingerprint.
    public func hash(into hasher: inout Hasher) { hasher.combine(keyID) }
}
