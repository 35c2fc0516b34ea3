import COpenSSL
package import SecretMemory

extension PublicKey {
    /// Derives the public key that belongs to a PKCS#8 private key, with all of ``PrivateKeyHandle``'s checks.
    ///
    /// Faster than a handle for Ed25519: the key lives in OpenSSL for the derivation alone.
    ///
    /// - Throws: ``NodeKeysError`` `.malformed`, `.unsupportedAlgorithm`, `.publicKeyMismatch`, `.secretMemory`,
    ///   `.cryptoFailure`.
    package init(ofPKCS8 pkcs8: borrowing SecretBytes) throws(NodeKeysError) {
        ERR_clear_error()
        self = try pkcs8.withExposedBytes { bytes throws(NodeKeysError) -> PublicKey in
            let info = try PrivateKeyInfo(bytes)
            let publicKey = try info.publicKey(in: bytes)
            try info.checkEnclosed(publicKey, in: bytes)
            return publicKey
        }
    }
}

extension PrivateKeyInfo {
    fileprivate func publicKey(in bytes: RawSpan) throws(NodeKeysError) -> PublicKey {
        switch key {
        case .ed25519(let seed):
            let key = try OpenSSLKey.transientEd25519(bytes, seed: seed)
            return try PublicKey(.ed25519, derivedBits: key.rawPublicKey())
        case .ec(let parts):
            return try parts.publicKey(in: bytes)
        case .rsa(let parts):
            return try PublicKey(.rsa2048, derivedBits: parts.checkedPublicNumbers(in: bytes).der)
        }
    }

    /// Refuses an enclosed public key, in PKCS#8 version 2 or in ECPrivateKey, that is not the derived one.
    func checkEnclosed(_ derived: PublicKey, in bytes: RawSpan) throws(NodeKeysError) {
        if let enclosedPublicKey { try derived.require(enclosed: bytes.publicBytes(in: enclosedPublicKey)) }
        if case .ec(let parts) = key { try parts.checkEnclosed(derived, in: bytes) }
    }
}

extension ECPrivateKeyInfo {
    /// Derives the public key.
    func publicKey(in bytes: RawSpan) throws(NodeKeysError) -> PublicKey {
        let curve = try Curve.required(by: scheme)
        return try PublicKey(scheme, derivedBits: curve.publicPoint(of: checkedScalar(on: curve, in: bytes)))
    }

    func checkEnclosed(_ derived: PublicKey, in bytes: RawSpan) throws(NodeKeysError) {
        if let enclosedPublicKey { try derived.require(enclosed: bytes.publicBytes(in: enclosedPublicKey)) }
    }

    /// The scalar in OpenSSL's secure heap, once it is known to be in 1 ..< order.
    func checkedScalar(on curve: Curve, in bytes: RawSpan) throws(NodeKeysError) -> SecretNumber {
        guard curve.accepts(scalar: bytes, at: scalar) else {
            throw .malformed("the private number is not between 1 and the order of \(curve.name)")
        }
        return try SecretNumber.read(bytes, scalar)
    }
}

extension PublicKey {
    fileprivate func require(enclosed: [UInt8]) throws(NodeKeysError) {
        let isSame = Curve.of(scheme)?.matches(enclosed, point: bits) ?? (enclosed == bits)
        guard isSame else {
            throw NodeKeysError(
                .publicKeyMismatch,
                "the public key enclosed with the private key is not the one that belongs to it (\(keyID)); "
                    + "the file is damaged or was put together from two keys")
        }
    }
}
