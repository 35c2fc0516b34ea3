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
        var parameters = try KeyParameters()
        parameters.add("group", text: curve.name)
        if let scalar { parameters.add("priv", number: scalar) }
        let made = point.withUnsafeBytes { point in
            parameters.add("pub", octets: point)
            return parameters.makeKey("EC", isPrivate: scalar != nil)
        }
        try self.init(taking: made, "an EC key")
    }

    /// An RSA private key for one operation: OpenSSL keeps its numbers in the ordinary heap, and wipes them with the
    /// key.
    static func transientRSA(_ bytes: RawSpan, _ info: RSAPrivateKeyInfo) throws(NodeKeysError) -> OpenSSLKey {
        var numbers: [OpaquePointer] = []
        defer { for number in numbers { BN_clear_free(number) } }
        var parameters = try KeyParameters()
        for (name, range) in zip(RSAPrivateKeyInfo.parameterNames, info.numbers) {
            let number = try SecretNumber.read(bytes, range).take()
            numbers.append(number)
            parameters.add(name, number: number)
        }
        let made = parameters.makeKey("RSA", isPrivate: true)
        nodevault_wipe_stack()
        return try OpenSSLKey(taking: made, "an RSA key")
    }

    /// An Ed25519 key for one derivation: OpenSSL keeps its seed in the ordinary heap, and wipes it with the key.
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
        let pkcs8 = try PKCS8Writer.ed25519(seed: bytes.extracting(seed))
        let made = pkcs8.withExposedBytes { der in
            der.withUnsafeBytes { der in
                var next = der.baseAddress?.assumingMemoryBound(to: UInt8.self)
                return d2i_PrivateKey(EVP_PKEY_ED25519, nil, &next, der.count)
            }
        }
        nodevault_wipe_stack()
        return try OpenSSLKey(taking: made, "an Ed25519 key")
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
