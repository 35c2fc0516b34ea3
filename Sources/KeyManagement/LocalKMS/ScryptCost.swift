import COpenSSL
import SecretMemory

/// How dear it is to try a passphrase. Source: RFC 7914.
struct ScryptCost: Sendable, Equatable {
    /// N = 2 to this power.
    let log2N: UInt8
    let blockSize: UInt32
    let parallelization: UInt32

    /// N = 2^15, r = 8, p = 1: 32 MiB and about an eighth of a second.
    static let standard = ScryptCost(log2N: 15, blockSize: 8, parallelization: 1)

    private static let memoryLimitInBytes: UInt64 = 128 << 20

    /// Whether a header may ask for this: at most 128 MiB (128·N·r) and p at most 4, so that a garbage file costs
    /// neither memory nor time.
    var isBearable: Bool {
        guard (10...20).contains(log2N), (1...64).contains(blockSize), (1...4).contains(parallelization) else {
            return false
        }
        return 128 * (UInt64(1) << log2N) * UInt64(blockSize) <= Self.memoryLimitInBytes
    }

    /// Derives 32 bytes. Takes its time: not for Swift's cooperative threads.
    ///
    /// OpenSSL copies the passphrase and works in its ordinary heap, and cleanses both.
    func derive(from passphrase: borrowing SecretBytes, salt: [UInt8]) throws(LocalFailure) -> SecretBytes {
        var output = try LocalFailure.zeroedSecret(count: 32)
        let result = passphrase.withExposedBytes { passphrase in
            passphrase.withUnsafeBytes { passphrase in
                output.withUnsafeMutableBytes { output in
                    EVP_PBE_scrypt(
                        passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), passphrase.count, salt, salt.count,
                        UInt64(1) << log2N, UInt64(blockSize), UInt64(parallelization), 2 * Self.memoryLimitInBytes,
                        output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count)
                }
            }
        }
        guard result == 1 else {
            throw LocalFailure(
                .unavailable,
                "OpenSSL's scrypt failed; it needs \(128 * (1 << Int(log2N)) * Int(blockSize)) bytes of memory")
        }
        return output
    }
}
