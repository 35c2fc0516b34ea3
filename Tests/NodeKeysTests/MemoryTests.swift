import COpenSSL
import Glibc
import NodeKeys
import SecretMemory
import Testing

/// Where private keys lie while handles live. Each test has a process of its own, prepared as the command prepares
/// itself.
@Suite struct MemoryTests {
    @Test func `the scanner finds a key that lies in the heap`() async {
        await #expect(processExitsWith: .success) {
            let seed = try SecretBox(prepared(.ed25519).part(16..<48))
            let key = seed.secret.withExposedBytes { seed in
                seed.withUnsafeBytes { seed in
                    EVP_PKEY_new_raw_private_key_ex(
                        nil, "ED25519", nil, seed.baseAddress?.assumingMemoryBound(to: UInt8.self), seed.count)
                }
            }
            #expect(MemoryScanner.count(in: .heap) { [seed] } ?? 0 > 0)
            EVP_PKEY_free(key)
            #expect(MemoryScanner.count(in: .heap) { [seed] } == 0)
        }
    }

    @Test func `an Ed25519 seed is outside the arena neither before nor after signing`() async {
        await #expect(processExitsWith: .success) { try expectNoCopies(.ed25519, 16..<48) }
    }

    @Test func `a P-256 number is outside the arena neither before nor after signing`() async {
        await #expect(processExitsWith: .success) { try expectNoCopies(.ecP256, 36..<68) }
    }

    @Test func `a P-384 number is outside the arena neither before nor after signing`() async {
        await #expect(processExitsWith: .success) { try expectNoCopies(.ecP384, 35..<83) }
    }

    @Test func `a secp256k1 number is outside the arena neither before nor after signing`() async {
        await #expect(processExitsWith: .success) { try expectNoCopies(.ecSecp256k1, 33..<65) }
    }

    @Test func `the primes of an RSA key are outside the arena neither before nor after decrypting`() async {
        await #expect(processExitsWith: .success) {
            let pkcs8 = try prepared(.rsa2048)
            let numbers = pkcs8.withExposedBytes { rsaNumbers($0) }
            let primes = [try SecretBox(pkcs8.part(numbers[4])), try SecretBox(pkcs8.part(numbers[5]))]
            let handle = try PrivateKeyHandle(pkcs8: pkcs8)
            #expect(MemoryScanner.count(in: .heap) { primes } == 0)
            for value in UInt8(1)...5 {
                let ciphertext = [UInt8](repeating: 0, count: 255) + [value]
                #expect(code { _ = try handle.decrypt(ciphertext) } == .decryptionFailed)
            }
            #expect(MemoryScanner.count(in: .heap) { primes } == 0)
            withExtendedLifetime(handle) {}
        }
    }

    /// A signature and its nonce give the private key away: k = (hash + r·d) / s.
    @Test func `signing leaves no nonce on the stack`() async {
        await #expect(processExitsWith: .success) {
            let pkcs8 = try prepared(.ecP256)
            let scalar = SecretBox(try pkcs8.part(36..<68))
            let handle = try PrivateKeyHandle(pkcs8: pkcs8)
            for value in UInt8(0)..<8 {
                let signature = try handle.sign([value])
                let copies = MemoryScanner.count(in: .callersStack) {
                    [try nonce(of: signature, over: [value], scalar)]
                }
                #expect(copies == 0)
            }
        }
    }

    @Test func `where the arena is full, the error says so`() async {
        await #expect(processExitsWith: .success) {
            let pkcs8 = exposed(try prepared(.ecP256, arenaSize: 64 << 10))
            var held: [SecretBox] = []
            var handles: [PrivateKeyHandle] = []
            let fromHeap = code { while true { handles.append(try handle(pkcs8)) } }
            #expect(fromHeap == .secretMemory)
            handles.removeAll()
            _ = try handle(pkcs8)
            let file = try secret(pkcs8)
            while let block = try? SecretBytes(zeroedCount: 64) { held.append(SecretBox(block)) }
            #expect(code { _ = try PrivateKeyImporter.read(file) } == .secretMemory)
            #expect(code { _ = try PrivateKeyGenerator.generate(.ed25519) } == .secretMemory)
            held.removeAll()
            _ = try PrivateKeyImporter.read(file)
        }
    }
}

/// Prepares the process and makes a key in it.
private func prepared(_ scheme: KeyScheme, arenaSize: Int = 1 << 20) throws -> SecretBytes {
    #expect(ProcessPreparation.run().allocators == .ours)
    try SecretArena.prepare(sizeInBytes: arenaSize, minimumTier: .unlocked)
    return try PrivateKeyGenerator.generate(scheme)
}

private func expectNoCopies(_ scheme: KeyScheme, _ range: Range<Int>) throws {
    let pkcs8 = try prepared(scheme)
    let privatePart = SecretBox(try pkcs8.part(range))
    let copies = { MemoryScanner.count(in: .heap) { [privatePart] } }
    #expect(copies() == 0)
    let publicKey = try PublicKey(ofPKCS8: pkcs8)
    #expect(copies() == 0)
    let handle = try PrivateKeyHandle(pkcs8: pkcs8)
    #expect(copies() == 0)
    for value in UInt8(0)..<5 { _ = try handle.sign([value]) }
    #expect(copies() == 0)
    if scheme == .ecP256 { _ = try handle.deriveSharedSecret(with: publicKey) }
    #expect(copies() == 0)
    let text = try PrivateKeyExporter.insecureClearPEM(pkcs8)
    _ = try PrivateKeyImporter.read(text)
    #expect(copies() == 0)
    withExtendedLifetime(handle) {}
}

/// Derives the nonce of a P-256 signature from the private number.
private func nonce(of signature: [UInt8], over message: [UInt8], _ scalar: SecretBox) throws -> SecretBox {
    let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)
    defer { EC_GROUP_free(group) }
    let order = EC_GROUP_get0_order(group)
    let scratch = BN_CTX_secure_new()
    defer { BN_CTX_free(scratch) }
    let numbers = (0..<4).map { _ in BN_secure_new() }
    defer { for number in numbers { BN_clear_free(number) } }
    let (r, s, hash, d) = (numbers[0], numbers[1], numbers[2], numbers[3])
    let rCount = Int(signature[3])
    BN_bin2bn(Array(signature[4..<4 + rCount]), Int32(rCount), r)
    BN_bin2bn(Array(signature[(6 + rCount)...]), Int32(signature[5 + rCount]), s)
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256(message, message.count, &digest)
    BN_bin2bn(digest, 32, hash)
    scalar.secret.withExposedBytes { scalar in
        scalar.withUnsafeBytes { scalar in
            _ = BN_bin2bn(scalar.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(scalar.count), d)
        }
    }
    BN_mod_mul(d, d, r, order, scratch)
    BN_mod_add(d, d, hash, order, scratch)
    BN_mod_inverse(s, s, order, scratch)
    BN_mod_mul(d, d, s, order, scratch)
    var nonce = try SecretBytes(zeroedCount: 32)
    nonce.withUnsafeMutableBytes { target in
        _ = BN_bn2binpad(d, target.baseAddress?.assumingMemoryBound(to: UInt8.self), 32)
    }
    return SecretBox(nonce)
}

extension SecretBytes {
    fileprivate borrowing func part(_ range: Range<Int>) throws -> SecretBytes {
        try withExposedBytes { bytes in try SecretBytes(copying: bytes.extracting(range)) }
    }
}
