import NodeKeys
import Testing

/// RFC 6979 appendix A.2.5 and A.2.6; for secp256k1 the widely published RFC 6979 signature of the private key 1.
@Suite struct ECDSAVectorTests {
    struct Vector: Sendable {
        let scheme: KeyScheme
        let message, scalar, point, r, s: String

        var publicKey: PublicKey { get throws { try PublicKey(subjectPublicKeyInfo: prefix + [4] + bytes(point)) } }

        private var prefix: [UInt8] {
            switch scheme {
            case .ecP256: bytes("3059301306072a8648ce3d020106082a8648ce3d030107034200")
            case .ecP384: bytes("3076301006072a8648ce3d020106052b81040022036200")
            default: bytes("3056301006072a8648ce3d020106052b8104000a034200")
            }
        }

        var signature: [UInt8] { ECDSAVectorTests.signature(bytes(r), bytes(s)) }
    }

    static let vectors = [
        Vector(
            scheme: .ecP256, message: "sample",
            scalar: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            point: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                + "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
            r: "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            s: "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"),
        Vector(
            scheme: .ecP256, message: "test",
            scalar: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            point: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                + "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
            r: "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
            s: "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"),
        Vector(
            scheme: .ecP384, message: "sample",
            scalar: "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
            point: "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
                + "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
            r: "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46",
            s: "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"),
        Vector(
            scheme: .ecSecp256k1, message: "Satoshi Nakamoto",
            scalar: "0000000000000000000000000000000000000000000000000000000000000001",
            point: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                + "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
            r: "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
            s: "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"),
    ]

    @Test(arguments: vectors) func `published signatures verify, over their message only`(vector: Vector) throws {
        let key = try vector.publicKey
        #expect(try key.isValid(signature: vector.signature, for: Array(vector.message.utf8)))
        #expect(try !key.isValid(signature: vector.signature, for: Array((vector.message + " ").utf8)))
        let swapped = Self.signature(bytes(vector.s), bytes(vector.r))
        #expect(try !key.isValid(signature: swapped, for: Array(vector.message.utf8)))
    }

    @Test(arguments: vectors) func `published private keys have their public keys`(vector: Vector) throws {
        let curve: String =
            switch vector.scheme {
            case .ecP256: "06082a8648ce3d030107"
            case .ecP384: "06052b81040022"
            default: "06052b8104000a"
            }
        let scalar = bytes(vector.scalar)
        let parameters = [0xa0, UInt8(curve.utf8.count / 2)] + bytes(curve)
        let sec1 = [0x02, 0x01, 0x01, 0x04, UInt8(scalar.count)] + scalar + parameters
        let key = try imported([0x30, UInt8(sec1.count)] + sec1)
        #expect(try key.publicKey == vector.publicKey)
        let signature = try handle(key.pkcs8).sign([1, 2, 3])
        #expect(try vector.publicKey.isValid(signature: signature, for: [1, 2, 3]))
    }

    @Test(arguments: vectors) func `damaged and degenerate signatures do not verify`(vector: Vector) throws {
        let key = try vector.publicKey
        let message = Array(vector.message.utf8)
        let good = vector.signature
        for length in 0..<good.count { #expect(try !key.isValid(signature: Array(good[..<length]), for: message)) }
        for position in good.indices {
            var changed = good
            changed[position] ^= 1
            #expect(try !key.isValid(signature: changed, for: message))
        }
        #expect(try !key.isValid(signature: good + [0], for: message))
        // r = 0, s = 0; r = 1, s = 0; the length in a longer form (BER); 64 raw bytes.
        #expect(try !key.isValid(signature: bytes("3006020100020100"), for: message))
        #expect(try !key.isValid(signature: bytes("3006020101020100"), for: message))
        #expect(try !key.isValid(signature: [0x30, 0x82, 0, good[1]] + good.dropFirst(2), for: message))
        #expect(try !key.isValid(signature: bytes(vector.r) + bytes(vector.s), for: message))
    }

    @Test func `RSA keys neither sign nor verify`() throws {
        let handle = try PrivateKeyHandle(pkcs8: PrivateKeyGenerator.generate(.rsa2048))
        #expect(code { _ = try handle.sign([1]) } == .purposeNotAllowed)
        #expect(code { _ = try handle.publicKey.isValid(signature: [1], for: [1]) } == .purposeNotAllowed)
    }

    /// DER of r and s.
    static func signature(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
        let numbers = [r, s].map { number -> [UInt8] in
            let magnitude = Array(number.drop { $0 == 0 })
            return element(0x02, magnitude[0] >= 0x80 ? [0] + magnitude : magnitude)
        }
        return element(0x30, numbers[0], numbers[1])
    }
}
