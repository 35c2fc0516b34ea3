import COpenSSL
import SecretMemory

/// How PBES2 makes a cipher's key from a passphrase (RFC 8018 section 6.2, RFC 7914).
enum KeyDerivation {
    /// The pseudorandom function under PBKDF2.
    enum Hash { case sha1, sha256, sha384, sha512 }

    case pbkdf2(salt: [UInt8], iterations: Int, Hash)
    case scrypt(salt: [UInt8], cost: Int, blockSize: Int, parallelization: Int)

    /// What a file may ask for: more would let a file stall the process. 2^18, 8, 1 of scrypt is 256 MiB.
    private static let mostIterations = 10_000_000
    private static let mostScryptMemory = 256 << 20
    private static let mostScryptWork = 1 << 24

    /// What the vault's own files ask for, about 0.3 s and 16 MiB, and its AlgorithmIdentifier DER.
    ///
    /// With a block size of 8, OpenSSL's command opens no cost above 2^14; the parallelization makes up for it (this
    /// set is one of those in OWASP's Password Storage Cheat Sheet).
    static func fresh() throws(NodeKeysError) -> (derivation: KeyDerivation, der: [UInt8]) {
        var salt = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&salt, Int32(salt.count)) == 1 else { throw .openSSL("drawing a salt") }
        let (cost, blockSize, parallelization) = (1 << 14, 8, 5)
        let parameters = DERWriter.sequence(
            DERWriter.element(DERTag.octetString, salt), DERWriter.integer(cost), DERWriter.integer(blockSize),
            DERWriter.integer(parallelization))
        return (
            .scrypt(salt: salt, cost: cost, blockSize: blockSize, parallelization: parallelization),
            DERWriter.sequence(AlgorithmOID.scrypt.der, parameters)
        )
    }

    /// Derives `count` bytes.
    ///
    /// - Throws: ``NodeKeysError`` `.unsupportedAlgorithm` for parameters beyond the limits; `.secretMemory`,
    ///   `.cryptoFailure`.
    func key(_ passphrase: borrowing SecretBytes, count: Int) throws(NodeKeysError) -> SecretBytes {
        try checkLimits()
        var key = try SecretBytes.zeroed(count)
        let derived = key.withUnsafeMutableBytes { key in
            passphrase.withExposedBytes { passphrase in
                passphrase.withUnsafeBytes { derive(from: $0, into: key) }
            }
        }
        nodevault_wipe_stack()
        guard derived == 1 else { throw .openSSL("deriving a key from a passphrase") }
        return key
    }

    private func derive(from passphrase: UnsafeRawBufferPointer, into key: UnsafeMutableRawBufferPointer) -> Int32 {
        let characters = passphrase.baseAddress?.assumingMemoryBound(to: CChar.self)
        let target = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
        switch self {
        case .pbkdf2(let salt, let iterations, let hash):
            return PKCS5_PBKDF2_HMAC(
                characters, Int32(passphrase.count), salt, Int32(salt.count), Int32(iterations), hash.digest,
                Int32(key.count), target)
        case .scrypt(let salt, let cost, let blockSize, let parallelization):
            return EVP_PBE_scrypt(
                characters, passphrase.count, salt, salt.count, UInt64(cost), UInt64(blockSize),
                UInt64(parallelization), UInt64(2 * Self.mostScryptMemory), target, key.count)
        }
    }

    private func checkLimits() throws(NodeKeysError) {
        switch self {
        case .pbkdf2(_, let iterations, _):
            guard 1...Self.mostIterations ~= iterations else {
                throw NodeKeysError(
                    .unsupportedAlgorithm,
                    "the file asks for \(iterations) iterations of PBKDF2; 1 to \(Self.mostIterations) are allowed")
            }
        case .scrypt(_, let cost, let blockSize, let parallelization):
            let isPowerOfTwo = cost > 1 && cost & (cost - 1) == 0
            guard isPowerOfTwo, 1...1024 ~= blockSize, 1...1024 ~= parallelization,
                128 * cost * blockSize <= Self.mostScryptMemory,
                cost * blockSize * parallelization <= Self.mostScryptWork
            else {
                throw NodeKeysError(
                    .unsupportedAlgorithm,
                    "the file asks for scrypt with N=\(cost), r=\(blockSize), p=\(parallelization); N must be a power "
                        + "of two, 128·N·r at most \(Self.mostScryptMemory), N·r·p at most \(Self.mostScryptWork)")
            }
        }
    }
}

extension KeyDerivation.Hash {
    fileprivate var digest: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}

extension KeyDerivation {
    /// Reads the AlgorithmIdentifier of a derivation, and what key length it states, if any.
    static func read(
        _ reader: inout DERReader, in bytes: RawSpan
    ) throws(NodeKeysError) -> (derivation: KeyDerivation, keySize: Int?) {
        var fields = try reader.nested(DERTag.sequence, in: bytes)
        let algorithm = try fields.objectIdentifier(in: bytes)
        var parameters = try fields.nested(DERTag.sequence, in: bytes)
        try fields.finish()
        guard algorithm == .pbkdf2 || algorithm == .scrypt else {
            throw NodeKeysError(
                .unsupportedAlgorithm,
                "the file is encrypted by way of \(algorithm); the vault reads scrypt and PBKDF2")
        }
        let salt = bytes.publicBytes(in: try parameters.next(DERTag.octetString, in: bytes))
        let first = try parameters.smallInteger(in: bytes)
        let derivation: KeyDerivation
        var keySize: Int?
        if algorithm == .scrypt {
            let blockSize = try parameters.smallInteger(in: bytes)
            let parallelization = try parameters.smallInteger(in: bytes)
            derivation = .scrypt(salt: salt, cost: first, blockSize: blockSize, parallelization: parallelization)
            if !parameters.isAtEnd { keySize = try parameters.smallInteger(in: bytes) }
        } else {
            if parameters.peek(in: bytes) == DERTag.integer { keySize = try parameters.smallInteger(in: bytes) }
            let hash = parameters.isAtEnd ? .sha1 : try readHash(&parameters, in: bytes)
            derivation = .pbkdf2(salt: salt, iterations: first, hash)
        }
        try parameters.finish()
        return (derivation, keySize)
    }

    private static func readHash(_ reader: inout DERReader, in bytes: RawSpan) throws(NodeKeysError) -> Hash {
        var fields = try reader.nested(DERTag.sequence, in: bytes)
        let algorithm = try fields.objectIdentifier(in: bytes)
        if !fields.isAtEnd {
            guard try fields.next(DERTag.null, in: bytes).isEmpty else {
                throw .malformed("the parameters of PBKDF2's hash are not NULL")
            }
        }
        try fields.finish()
        return switch algorithm {
        case .hmacSHA1: .sha1
        case .hmacSHA256: .sha256
        case .hmacSHA384: .sha384
        case .hmacSHA512: .sha512
        default:
            throw NodeKeysError(
                .unsupportedAlgorithm,
                "the file is encrypted by way of PBKDF2 with \(algorithm); the vault reads it with HMAC over SHA-1, "
                    + "SHA-256, SHA-384 or SHA-512")
        }
    }
}
