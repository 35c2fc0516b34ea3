import COpenSSL

/// A number of OpenSSL's in its secure heap, wiped when it goes away.
struct SecretNumber: ~Copyable {
    let pointer: OpaquePointer

    /// Zero.
    init() throws(NodeKeysError) {
        guard let made = BN_secure_new() else { throw .openSSL("a number in secret memory") }
        BN_set_flags(made, BN_FLG_CONSTTIME)
        pointer = made
    }

    /// The big-endian magnitude in `range` of `bytes`.
    static func read(_ bytes: RawSpan, _ range: Range<Int>) throws(NodeKeysError) -> SecretNumber {
        let number = try SecretNumber()
        let result = bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.advanced(by: range.lowerBound).assumingMemoryBound(to: UInt8.self)
            return BN_bin2bn(start, Int32(range.count), number.pointer)
        }
        guard result != nil else { throw .openSSL("a number in secret memory") }
        return number
    }

    /// Gives the number away: it is then the caller's to wipe, with `BN_clear_free`.
    consuming func take() -> OpaquePointer {
        let taken = pointer
        discard self
        return taken
    }

    deinit { BN_clear_free(pointer) }
}

/// Scratch numbers for OpenSSL's arithmetic, in its secure heap.
struct SecretScratch: ~Copyable {
    let pointer: OpaquePointer

    init() throws(NodeKeysError) {
        guard let made = BN_CTX_secure_new() else { throw .openSSL("scratch numbers in secret memory") }
        pointer = made
    }

    deinit { BN_CTX_free(pointer) }
}
