import COpenSSL
public import SecretMemory

/// A private key ready for use: made once, used often, by any number of threads.
///
/// What OpenSSL needs of the private key lies in its secure heap or in the arena while the handle lives, and is wiped
/// when it goes away. During a call OpenSSL keeps scalars and nonces on the calling thread's stack and in blocks that
/// it wipes; the stack is wiped before the call returns. An RSA key is built anew from the arena for each decryption,
/// which takes about 2.5 times as long, because a used RSA key of OpenSSL keeps its primes in the ordinary heap.
///
/// What remains: making an Ed25519 handle passes the seed through OpenSSL's decoder, and so through blocks of the
/// ordinary heap that are wiped on release only where `NodeVault.prepareProcess()` was called in time; and without
/// `-z now` the dynamic linker saves vector registers, which may hold key bytes, to the stack.
public final class PrivateKeyHandle: Sendable {
    /// The public key, derived from the private one when the handle was made.
    public let publicKey: PublicKey
    /// The key's scheme.
    public var scheme: KeyScheme { publicKey.scheme }

    private let material: Material

    private enum Material {
        case ready(ReadyKey)
        case rsa(RSADecryptionKey)
    }

    /// Reads a PKCS#8 private key, derives its public key, and makes it ready.
    ///
    /// Checks all that is cheap: an EC scalar's range, the relations of RSA's eight numbers, and that an enclosed
    /// public key is the derived one. That RSA's p and q are prime is not tested.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed`, `.unsupportedAlgorithm`, `.publicKeyMismatch`, `.secretMemory`,
    ///   `.cryptoFailure`.
    package init(pkcs8: borrowing SecretBytes) throws(NodeKeysError) {
        ERR_clear_error()
        (publicKey, material) = try pkcs8.withExposedBytes {
            bytes throws(NodeKeysError) -> (PublicKey, Material) in
            let info = try PrivateKeyInfo(bytes)
            switch info.key {
            case .ed25519(let seed):
                let key = try OpenSSLKey.ed25519(bytes, seed: seed)
                let publicKey = try PublicKey(.ed25519, derivedBits: key.rawPublicKey())
                try info.checkEnclosed(publicKey, in: bytes)
                return (publicKey, .ready(try ReadyKey(key, .ed25519)))
            case .ec(let parts):
                let curve = try Curve.required(by: parts.scheme)
                let scalar = try parts.checkedScalar(on: curve, in: bytes)
                let point = try curve.publicPoint(of: scalar)
                let publicKey = try PublicKey(parts.scheme, derivedBits: point)
                try info.checkEnclosed(publicKey, in: bytes)
                let key = try OpenSSLKey(curve, point: point, scalar: scalar)
                return (publicKey, .ready(try ReadyKey(key, parts.scheme)))
            case .rsa(let parts):
                let publicKey = try PublicKey(.rsa2048, derivedBits: parts.checkedPublicNumbers(in: bytes).der)
                try info.checkEnclosed(publicKey, in: bytes)
                return (publicKey, .rsa(try RSADecryptionKey(bytes, parts.whole)))
            }
        }
    }

    /// Signs `message`.
    ///
    /// - Returns: Ed25519: 64 raw bytes (RFC 8032). EC: DER (RFC 3279) over SHA-256, for P-384 over SHA-384.
    /// - Throws: ``NodeKeysError`` `.purposeNotAllowed` for a scheme that does not sign; `.secretMemory`,
    ///   `.cryptoFailure`.
    public func sign(_ message: RawSpan) throws(NodeKeysError) -> [UInt8] {
        guard case .ready(let key) = material else { throw scheme.notAllowed(.signing) }
        return try key.sign(message)
    }

    /// Signs `message`, as ``sign(_:)-(RawSpan)``.
    public func sign(_ message: [UInt8]) throws(NodeKeysError) -> [UInt8] { try sign(message.span.bytes) }

    /// Decrypts RSA-OAEP with SHA-256, MGF1 over SHA-256 and an empty label (RFC 8017 section 7.1).
    ///
    /// - Parameter ciphertext: 256 bytes.
    /// - Returns: at most 190 bytes.
    /// - Throws: ``NodeKeysError`` `.decryptionFailed` for all that this key did not encrypt so, without saying why;
    ///   `.purposeNotAllowed` for other schemes; `.secretMemory`, `.cryptoFailure`.
    public func decrypt(_ ciphertext: [UInt8]) throws(NodeKeysError) -> SecretBytes {
        guard case .rsa(let key) = material else {
            throw NodeKeysError(
                .purposeNotAllowed,
                "\(scheme) keys do not decrypt by themselves; only rsa-2048 keys do (OAEP, SHA-256)")
        }
        return try key.decrypt(ciphertext)
    }

    /// Agrees on a secret with the owner of another P-256 key (ECDH, SEC 1 section 3.3.1), as ECIES needs it.
    ///
    /// - Returns: the 32 bytes of the shared point's x coordinate. They are no key yet: derive one, with HKDF.
    /// - Throws: ``NodeKeysError`` `.purposeNotAllowed` unless both keys are `ec-p256`; `.secretMemory`,
    ///   `.cryptoFailure`.
    public func deriveSharedSecret(with other: PublicKey) throws(NodeKeysError) -> SecretBytes {
        guard case .ready(let key) = material, scheme == .ecP256, other.scheme == .ecP256 else {
            throw NodeKeysError(
                .purposeNotAllowed,
                "shared secrets are between two ec-p256 keys, and these are \(scheme) and \(other.scheme)")
        }
        return try key.deriveSharedSecret(with: other)
    }
}
