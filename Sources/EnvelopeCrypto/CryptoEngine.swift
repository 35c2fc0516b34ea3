import COpenSSL
import SecretMemory

/// OpenSSL contexts that are kept between uses, keyless: SHA-256 for HMAC and HKDF, and AES-256-GCM.
///
/// A context costs more to make than a record costs to open, hence a pool. After each hash the digest is initialised anew,
/// which overwrites its state. After each use the cipher gets a key of zeros, which overwrites its key schedule and hash
/// tables: resetting it would free them and make them again.
final class CryptoEngine: @unchecked Sendable {
    // Unchecked: an engine belongs to one caller between leaving the pool and coming back.
    private let digest: OpaquePointer
    private let cipher: OpaquePointer
    @exclusivity(unchecked) private var isCipherKeyed = false
    @exclusivity(unchecked) private var isSound = true

    /// Text that is to be hashed next, so that OpenSSL is called once for several short pieces.
    private let buffer: UnsafeMutableRawPointer
    @exclusivity(unchecked) private var bufferedCount = 0
    /// Room for the secrets of one use, ``secretsSize`` bytes, wiped after it. Like the buffer it lies in the secure heap.
    let secrets: UnsafeMutableRawPointer

    // Unsafe: fetched once, never freed, and OpenSSL's fetched algorithms may be used from any thread.
    private nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil)
    private nonisolated(unsafe) static let aes256GCM = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
    private static let pool = Lock<[CryptoEngine]>([])

    static let digestSize = 32
    static let secretsSize = 4 * digestSize
    private static let blockSize = 64
    private static let bufferSize = 192

    private init?() {
        let memory = CRYPTO_secure_zalloc(Self.bufferSize + Self.secretsSize, #fileID, #line)
        guard let memory, let digest = EVP_MD_CTX_new(), let cipher = EVP_CIPHER_CTX_new() else { return nil }
        buffer = memory
        secrets = memory + Self.bufferSize
        self.digest = digest
        self.cipher = cipher
        guard EVP_DigestInit_ex(digest, Self.sha256, nil) == 1,
            EVP_EncryptInit_ex2(cipher, Self.aes256GCM, nil, nil, nil) == 1
        else { return nil }
    }

    deinit {
        EVP_MD_CTX_free(digest)
        EVP_CIPHER_CTX_free(cipher)
        CRYPTO_secure_clear_free(buffer, Self.bufferSize + Self.secretsSize, #fileID, #line)
    }

    /// Lends an engine for the time of `body`.
    static func use<R: ~Copyable>(_ body: (CryptoEngine) throws(EnvelopeError) -> R) throws(EnvelopeError) -> R {
        guard let engine = pool.withLock({ $0.popLast() }) ?? CryptoEngine() else {
            throw .cryptoFailure("OpenSSL has no AES-256-GCM or SHA-256, or no memory; check its configuration")
        }
        defer { engine.comeBack() }
        return try body(engine)
    }

    private func comeBack() {
        OPENSSL_cleanse(buffer, Self.bufferSize + Self.secretsSize)
        if isCipherKeyed {
            // The zeros of the wiped buffer are the other key.
            isSound = isSound && EVP_EncryptInit_ex2(cipher, nil, bytes(buffer), nil, nil) == 1
            isCipherKeyed = false
        }
        // An engine that could not be wiped so is not kept: freeing its contexts wipes them too.
        if isSound { Self.pool.withLock { engines in engines.append(self) } }
    }

    /// Writes SHA-256 of what `feed` adds to `output` (32 bytes).
    func hash(into output: UnsafeMutableRawPointer, feed: (CryptoEngine) -> Void) throws(EnvelopeError) {
        bufferedCount = 0
        feed(self)
        try finish(into: output)
    }

    /// Writes HMAC-SHA-256 under `key` (at most 64 bytes) of what `feed` adds to `output` (32 bytes). Source: RFC 2104.
    func authenticate(
        key: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, feed: (CryptoEngine) -> Void
    ) throws(EnvelopeError) {
        precondition(key.count <= Self.blockSize, "an HMAC key longer than a block would have to be hashed first")
        addPad(key, 0x3636_3636_3636_3636)
        feed(self)
        try finish(into: buffer + Self.blockSize)
        addPad(key, 0x5c5c_5c5c_5c5c_5c5c)
        bufferedCount += Self.digestSize
        try finish(into: output)
    }

    /// Adds bytes to the digest under way.
    func add(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count > Self.bufferSize - bufferedCount { flush() }
        if bytes.count <= Self.bufferSize, let source = bytes.baseAddress {
            (buffer + bufferedCount).copyMemory(from: source, byteCount: bytes.count)
            bufferedCount += bytes.count
        } else {
            isSound = EVP_DigestUpdate(digest, bytes.baseAddress, bytes.count) == 1 && isSound
        }
    }

    /// Adds bytes to the digest under way.
    func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    private func flush() {
        guard bufferedCount > 0 else { return }
        isSound = EVP_DigestUpdate(digest, buffer, bufferedCount) == 1 && isSound
        bufferedCount = 0
    }

    /// Begins a text with the key, filled up to a block with zeros and masked.
    private func addPad(_ key: UnsafeRawBufferPointer, _ mask: UInt64) {
        memset(buffer, 0, Self.blockSize)
        UnsafeMutableRawBufferPointer(start: buffer, count: Self.blockSize).copyMemory(from: key)
        for offset in stride(from: 0, to: Self.blockSize, by: 8) {
            buffer.storeBytes(
                of: buffer.load(fromByteOffset: offset, as: UInt64.self) ^ mask, toByteOffset: offset, as: UInt64.self)
        }
        bufferedCount = Self.blockSize
    }

    private func finish(into output: UnsafeMutableRawPointer) throws(EnvelopeError) {
        flush()
        isSound =
            isSound && EVP_DigestFinal_ex(digest, output.assumingMemoryBound(to: UInt8.self), nil) == 1
            && EVP_DigestInit_ex(digest, nil, nil) == 1
        guard isSound else { throw .cryptoFailure("SHA-256 failed") }
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
        authenticatedData: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer
    ) throws(EnvelopeError) {
        isCipherKeyed = true
        let target = output.assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        guard EVP_EncryptInit_ex2(cipher, nil, bytes(key), bytes(nonce), nil) == 1,
            authenticate(authenticatedData),
            EVP_EncryptUpdate(cipher, target, &written, bytes(plaintext.baseAddress), Int32(plaintext.count)) == 1,
            EVP_EncryptFinal_ex(cipher, target + plaintext.count, &written) == 1,
            EVP_CIPHER_CTX_ctrl(
                cipher, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagSize), target + plaintext.count) == 1
        else { throw .cryptoFailure("AES-256-GCM did not encrypt") }
    }

    /// Decrypts ciphertext and tag into `output`; the caller wipes `output` when this throws.
    func open(
        _ sealed: UnsafeRawBufferPointer, key: UnsafeRawPointer, nonce: UnsafeRawPointer,
        authenticatedData: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer?
    ) throws(EnvelopeError) {
        let length = sealed.count - Self.tagSize
        guard length >= 0 else { throw .authenticationFailed }
        let tag = UnsafeMutableRawPointer(mutating: sealed.baseAddress?.advanced(by: length))
        isCipherKeyed = true
        let target = output?.assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        var nothing: UInt8 = 0
        guard EVP_DecryptInit_ex2(cipher, nil, bytes(key), bytes(nonce), nil) == 1,
            authenticate(authenticatedData),
            EVP_DecryptUpdate(cipher, target, &written, bytes(sealed.baseAddress), Int32(length)) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagSize), tag) == 1
        else { throw .cryptoFailure("AES-256-GCM did not start") }
        guard EVP_DecryptFinal_ex(cipher, &nothing, &written) == 1 else { throw .authenticationFailed }
    }

    /// Adds authenticated data before the text. False when OpenSSL refuses.
    private func authenticate(_ data: UnsafeRawBufferPointer) -> Bool {
        var written: Int32 = 0
        // Without data OpenSSL would take the call for the end of the text.
        return data.isEmpty
            || EVP_CipherUpdate(cipher, nil, &written, bytes(data.baseAddress), Int32(data.count)) == 1
    }

    private func bytes(_ pointer: UnsafeRawPointer?) -> UnsafePointer<UInt8>? {
        pointer?.assumingMemoryBound(to: UInt8.self)
    }
}
