import COpenSSL
import SecretMemory

/// An `EVP_PKEY`, freed when it goes away; OpenSSL wipes its private parts then.
struct OpenSSLKey: ~Copyable {
    let pointer: OpaquePointer

    private init(taking pointer: OpaquePointer?, _ operation: String) throws(NodeKeysError) {
        guard let pointer else { throw .openSSL(operation) }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// A public key of a scheme that signs.
    init(_ key: PublicKey) throws(NodeKeysError) {
        if key.scheme == .ed25519 {
            let made = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, key.bits, key.bits.count)
            try self.init(taking: made, "an Ed25519 public key")
        } else {
            try self.init(Curve.required(by: key.scheme), point: key.bits, scalar: nil)
        }
    }

    /// An EC private key with its public point. The scalar goes from the secure heap to the secure heap.
    init(_ curve: Curve, point: [UInt8], scalar: borrowing SecretNumber) throws(NodeKeysError) {
        try self.init(curve, point: point, scalar: scalar.pointer)
    }

    private init(_ curve: Curve, point: [UInt8], scalar: OpaquePointer?) throws(NodeKeysError) {
        guard let builder = OSSL_PARAM_BLD_new() else { throw .openSSL("key parameters") }
        defer { OSSL_PARAM_BLD_free(builder) }
        let name = UnsafeRawPointer(curve.name.utf8Start).assumingMemoryBound(to: CChar.self)
        // The builder keeps the pointer to the point, so the parameters are made and used inside.
        let made = point.withUnsafeBytes { point -> OpaquePointer? in
            guard
                OSSL_PARAM_BLD_push_utf8_string(builder, nodevault_param_group_name(), name, 0) == 1,
                OSSL_PARAM_BLD_push_octet_string(builder, nodevault_param_public_key(), point.baseAddress, point.count)
                    == 1,
                scalar == nil || OSSL_PARAM_BLD_push_BN(builder, nodevault_param_private_key(), scalar) == 1,
                let parameters = OSSL_PARAM_BLD_to_param(builder)
            else { return nil }
            defer { OSSL_PARAM_free(parameters) }
            guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
            defer { EVP_PKEY_CTX_free(context) }
            var key: OpaquePointer?
            let selection = scalar == nil ? nodevault_select_public_key() : nodevault_select_key_pair()
            guard EVP_PKEY_fromdata_init(context) == 1, EVP_PKEY_fromdata(context, &key, selection, parameters) == 1
            else { return nil }
            return key
        }
        try self.init(taking: made, "an EC key")
    }

    /// An Ed25519 key that lives for one derivation: OpenSSL keeps its seed in the ordinary heap, and wipes it with the
    /// key.
    static func transientEd25519(_ bytes: RawSpan, seed: Range<Int>) throws(NodeKeysError) -> OpenSSLKey {
        let made = bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.advanced(by: seed.lowerBound).assumingMemoryBound(to: UInt8.self)
            return EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, start, seed.count)
        }
        nodevault_wipe_stack()
        return try OpenSSLKey(taking: made, "an Ed25519 key")
    }

    /// An Ed25519 key whose seed lies in the secure heap, which OpenSSL does only for keys that it decodes.
    static func ed25519(_ bytes: RawSpan, seed: Range<Int>) throws(NodeKeysError) -> OpenSSLKey {
        let pkcs8 = try SecretBytes.joining(PKCS8Writer.ed25519Prefix, bytes.extracting(seed))
        return try pkcs8.withExposedBytes { der throws(NodeKeysError) in
            try decoded(der, EVP_PKEY_ED25519, "an Ed25519 key")
        }
    }

    /// An RSA key from its RSAPrivateKey. Its numbers lie in the secure heap; once it is used, OpenSSL keeps p and q in
    /// the ordinary heap too (as Montgomery moduli), so let it live for one operation only.
    static func rsa(_ bytes: RawSpan, _ range: Range<Int>) throws(NodeKeysError) -> OpenSSLKey {
        try decoded(bytes.extracting(range), EVP_PKEY_RSA, "an RSA key")
    }

    private static func decoded(_ der: RawSpan, _ type: Int32, _ what: String) throws(NodeKeysError) -> OpenSSLKey {
        let made = der.withUnsafeBytes { der in
            var next = der.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return d2i_PrivateKey(type, nil, &next, der.count)
        }
        nodevault_wipe_stack()
        return try OpenSSLKey(taking: made, what)
    }

    /// The 32 bytes of an Ed25519 public key.
    func rawPublicKey() throws(NodeKeysError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(pointer, &bytes, &count) == 1, count == bytes.count else {
            throw .openSSL("an Ed25519 public key")
        }
        return bytes
    }
}
