import COpenSSL

/// OpenSSL's secure heap, where its private-key structures live; it counts as arena.
package enum OpenSSLSecureHeap {
    /// Sets it up unless the host already has.
    ///
    /// - Parameter needed: the bytes that the process must be able to lock for arena and heap, named in the error.
    /// - Throws: ``SecretMemoryError`` `.memoryLockLimit` when its pages could not be locked and must be.
    static func prepare(sizeInBytes: Int, mustBeLocked: Bool, needed: Int) throws(SecretMemoryError) {
        guard CRYPTO_secure_malloc_initialized() == 0 else { return }
        let smallestBlock = 32
        let result = CRYPTO_secure_malloc_init(sizeInBytes, smallestBlock)
        // 2: it works, but a protection is missing.
        guard result != 1, mustBeLocked || result != 2 else { return }
        // Undone, so that a second attempt does not find a heap that stands.
        CRYPTO_secure_malloc_done()
        throw .memoryLockLimit(needed: needed, limit: ArenaMapping.lockLimit())
    }

    /// Bytes that OpenSSL has allocated there; its random generator keeps some for the life of the process.
    package static var bytesInUse: Int { CRYPTO_secure_used() }
}
