import COpenSSL
import SecretMemory

/// An Ed25519 or EC private key in OpenSSL, with a signing context made ready to be copied.
final class ReadyKey: @unchecked Sendable {
    // Unchecked: key and template are only read once made; OpenSSL counts their references atomically.
    private let key: OpenSSLKey
    private let template: OpaquePointer
    private let maximumSignatureSize: Int

    init(_ key: consuming OpenSSLKey, _ scheme: KeyScheme) throws(NodeKeysError) {
        let digest = try SignatureDigest.of(scheme).digest()
        guard let template = EVP_MD_CTX_new() else { throw .openSSL("a digest context") }
        guard EVP_DigestSignInit(template, nil, digest, nil, key.pointer) == 1 else {
            EVP_MD_CTX_free(template)
            throw .openSSL("preparing to sign")
        }
        maximumSignatureSize = Int(EVP_PKEY_get_size(key.pointer))
        self.template = template
        self.key = key
    }

    deinit { EVP_MD_CTX_free(template) }

    func sign(_ message: RawSpan) throws(NodeKeysError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .openSSL("a digest context") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_MD_CTX_copy_ex(context, template) == 1 else { throw .openSSL("preparing to sign") }
        // The context signs once, so OpenSSL need not duplicate it for that.
        EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE)
        let capacity = maximumSignatureSize
        let signature = message.withUnsafeBytes { message in
            [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                var length = capacity
                let signed = EVP_DigestSign(
                    context, buffer.baseAddress, &length,
                    message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count)
                count = signed == 1 ? length : 0
            }
        }
        nodevault_wipe_stack()
        guard !signature.isEmpty else { throw .openSSL("signing") }
        return signature
    }

    func deriveSharedSecret(with other: PublicKey) throws(NodeKeysError) -> SecretBytes {
        ERR_clear_error()
        let peer = try OpenSSLKey(other)
        guard let context = EVP_PKEY_CTX_new(key.pointer, nil) else { throw .openSSL("a key agreement context") }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer.pointer) == 1 else {
            throw .openSSL("preparing a key agreement")
        }
        var secret = try SecretBytes.zeroed(32)
        let isDerived = secret.withUnsafeMutableBytes { buffer in
            var length = buffer.count
            let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return EVP_PKEY_derive(context, start, &length) == 1 && length == buffer.count
        }
        nodevault_wipe_stack()
        guard isDerived else { throw .openSSL("a key agreement") }
        return secret
    }
}
