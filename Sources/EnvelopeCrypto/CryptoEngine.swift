import COpenSSL
import SecretMemory

/// OpenSSL contexts that are kept between uses, keyless: SHA-256 for HMAC and HKDF, and AES-256-GCM.
///
/// A context costs more to make than a record costs to open, hence a pool. After each use the digest is initialised anew,
/// which overwrites its chaining state, and the cipher is reset, which wipes its key schedule.
final class CryptoEngine: @unchecked Sendable {
    // Unchecked: an engine belongs to one caller between leaving the pool and coming back.
    private let digest: OpaquePointer
    private let cipher: OpaquePointer
    /// Room for an HMAC pad block (64 bytes) and an inner digest (32 bytes).
    private let scratch: UnsafeMutableRawPointer

    // Unsafe: fetched once, never freed, and OpenSSL's fetched algorithms may be used from any thread.
    private nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil)
    private nonisolated(unsafe) static let aes256GCM = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
    private static let pool = Lock<[CryptoEngine]>([])

    static let digestSize = 32
    private static let blockSize = 64

    private init?() {
        guard let digest = EVP_MD_CTX_new() else { return nil }
        guard let cipher = EVP_CIPHER_CTX_new(), EVP_DigestInit_ex(digest, Self.sha256, nil) == 1 else {
            EVP_MD_CTX_free(digest)
            return nil
        }
        self.digest = digest
        self.cipher = cipher
        scratch = .allocate(byteCount: Self.blockSize + Self.digestSize, alignment: 16)
    }

    deinit {
        EVP_MD_CTX_free(digest)
        EVP_CIPHER_CTX_free(cipher)
        scratch.deallocate()
    }

    /// Lends an engine for the time of `body`.
    static func use<R: ~Copyable>(_ body: (CryptoEngine) throws(EnvelopeError) -> R) throws(EnvelopeError) -> R {
        guard let engine = pool.withLock({ $0.popLast() }) ?? CryptoEngine() else {
            throw .cryptoFailure("OpenSSL has no AES-256-GCM or SHA-256; check its configuration")
        }
        defer { engine.comeBack() }
        return try body(engine)
    }

    private func comeBack() {
        EVP_DigestInit_ex(digest, nil, nil)
        OPENSSL_cleanse(scratch, Self.blockSize + Self.digestSize)
        Self.pool.withLock { engines in engines.append(self) }
    }

    /// Writes SHA-256 of what `feed` adds to `output` (32 bytes).
    func hash(into output: UnsafeMutableRawPointer, feed: (CryptoEngine) -> Void) throws(EnvelopeError) {
        guard EVP_DigestInit_ex(digest, nil, nil) == 1 else { throw .cryptoFailure("SHA-256 did not start") }
        feed(self)
        try finish(into: output)
    }

    /// Writes HMAC-SHA-256 under `key` (at most 64 bytes) of what `feed` adds to `output` (32 bytes). Source: RFC 2104.
    func authenticate(
        key: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, feed: (CryptoEngine) -> Void
    ) throws(EnvelopeError) {
        precondition(key.count <= Self.blockSize, "an HMAC key longer than a block would have to be hashed first")
        let inner = scratch + Self.blockSize
        pad(key, with: 0x36)
        try hash(into: inner) { engine in
            engine.add(UnsafeRawBufferPointer(start: scratch, count: Self.blockSize))
            feed(engine)
        }
        pad(key, with: 0x5c)
        try hash(into: output) { engine in
            engine.add(UnsafeRawBufferPointer(start: scratch, count: Self.blockSize + Self.digestSize))
        }
    }

    /// Adds bytes to the digest under way.
    func add(_ bytes: UnsafeRawBufferPointer) { EVP_DigestUpdate(digest, bytes.baseAddress, bytes.count) }

    /// Adds bytes to the digest under way.
    func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    private func finish(into output: UnsafeMutableRawPointer) throws(EnvelopeError) {
        guard EVP_DigestFinal_ex(digest, output.assumingMemoryBound(to: UInt8.self), nil) == 1 else {
            throw .cryptoFailure("SHA-256 did not finish")
        }
    }

    private func pad(_ key: UnsafeRawBufferPointer, with byte: UInt8) {
        let block = scratch.assumingMemoryBound(to: UInt8.self)
        block.update(repeating: byte, count: Self.blockSize)
        for index in 0..<key.count { block[index] ^= key[index] }
    }
}

// MARK: - AES-256-GCM

extension CryptoEngine {
    static let keySize = 32
    static let nonceSize = 12
    static let tagSize = 16

    /// Encrypts `plaintext` into `output`, ciphertext then tag. Source: NIST SP 800-38D.
    func seal(
        _ plaintext: UnsafeRawBufferPointer, key: UnsafeRawPointer, nonce: UnsafeRawPointer,
        authenticating parts: (CryptoEngine) -> Bool, into output: UnsafeMutableRawPointer
    ) throws(EnvelopeError) {
        defer { EVP_CIPHER_CTX_reset(cipher) }
        let target = output.assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        guard EVP_EncryptInit_ex2(cipher, Self.aes256GCM, bytes(key), bytes(nonce), nil) == 1, parts(self),
            EVP_EncryptUpdate(cipher, target, &written, bytes(plaintext.baseAddress), Int32(plaintext.count)) == 1,
            EVP_EncryptFinal_ex(cipher, target + plaintext.count, &written) == 1,
            EVP_CIPHER_CTX_ctrl(
                cipher, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagSize), target + plaintext.count) == 1
        else { throw .cryptoFailure("AES-256-GCM did not encrypt") }
    }

    /// Decrypts ciphertext and tag into `output`; the caller wipes `output` when this throws.
    func open(
        _ ciphertext: UnsafeRawBufferPointer, tag: UnsafeRawPointer, key: UnsafeRawPointer, nonce: UnsafeRawPointer,
        authenticating parts: (CryptoEngine) -> Bool, into output: UnsafeMutableRawPointer?
    ) throws(EnvelopeError) {
        defer { EVP_CIPHER_CTX_reset(cipher) }
        let target = output?.assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        var nothing: UInt8 = 0
        guard EVP_DecryptInit_ex2(cipher, Self.aes256GCM, bytes(key), bytes(nonce), nil) == 1, parts(self),
            EVP_DecryptUpdate(cipher, target, &written, bytes(ciphertext.baseAddress), Int32(ciphertext.count)) == 1,
            EVP_CIPHER_CTX_ctrl(
                cipher, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagSize), UnsafeMutableRawPointer(mutating: tag)) == 1
        else { throw .cryptoFailure("AES-256-GCM did not start") }
        guard EVP_DecryptFinal_ex(cipher, &nothing, &written) == 1 else { throw .authenticationFailed }
    }

    /// Adds authenticated data before the text. False when OpenSSL refuses.
    func authenticate(_ data: UnsafeRawBufferPointer) -> Bool {
        var written: Int32 = 0
        return EVP_CipherUpdate(cipher, nil, &written, bytes(data.baseAddress), Int32(data.count)) == 1
    }

    private func bytes(_ pointer: UnsafeRawPointer?) -> UnsafePointer<UInt8>? {
        pointer?.assumingMemoryBound(to: UInt8.self)
    }
}
