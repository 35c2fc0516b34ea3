import COpenSSL

/// OpenSSL's secure heap, where its private-key structures live; it counts as arena.
package enum OpenSSLSecureHeap {
    /// Sets it up unless the host already has.
    ///
    /// - Throws: ``SecretMemoryError`` `.tierUnavailable` when its pages could not be locked and must be.
    static func prepare(sizeInBytes: Int, mustBeLocked: Bool) throws(SecretMemoryError) {
        guard CRYPTO_secure_malloc_initialized() == 0 else { return }
        let smallestBlock = 32
        let result = CRYPTO_secure_malloc_init(sizeInBytes, smallestBlock)
        // 2: it works, but a protection is missing.
        guard result == 1 || (result == 2 && !mustBeLocked) else {
            throw .tierUnavailable(wanted: .locked, found: .unlocked)
        }
    }

    /// Bytes that OpenSSL has allocated there; its random generator keeps some for the life of the process.
    package static var bytesInUse: Int { CRYPTO_secure_used() }
}
