import NodeKeys
import Testing

/// RFC 8032 section 7.1, tests 1 to 3.
@Suite struct Ed25519VectorTests {
    struct Vector: Sendable {
        let seed, publicKey, message, signature: String
    }

    static let vectors = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ]

    @Test(arguments: vectors) func `RFC 8032's keys sign as it says`(vector: Vector) throws {
        let handle = try handle(bytes("302e020100300506032b657004220420" + vector.seed))
        #expect(hex(handle.publicKey.subjectPublicKeyInfo) == "302a300506032b6570032100" + vector.publicKey)
        #expect(hex(try handle.sign(bytes(vector.message))) == vector.signature)
    }

    @Test(arguments: vectors) func `RFC 8032's signatures verify, changed ones do not`(vector: Vector) throws {
        let key = try PublicKey(subjectPublicKeyInfo: bytes("302a300506032b6570032100" + vector.publicKey))
        let message = bytes(vector.message)
        let signature = bytes(vector.signature)
        #expect(try key.isValid(signature: signature, for: message))
        #expect(try !key.isValid(signature: signature, for: message + [0]))
        #expect(try !key.isValid(signature: [], for: message))
        #expect(try !key.isValid(signature: signature.dropLast(), for: message))
        #expect(try !key.isValid(signature: signature + [0], for: message))
        for position in signature.indices {
            var changed = signature
            changed[position] ^= 1
            #expect(try !key.isValid(signature: changed, for: message))
        }
    }

    /// RFC 8032 section 5.1.7: S must be below the order.
    @Test func `a signature whose second half is not reduced does not verify`() throws {
        let vector = Self.vectors[1]
        let key = try PublicKey(subjectPublicKeyInfo: bytes("302a300506032b6570032100" + vector.publicKey))
        let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var signature = bytes(vector.signature)
        var carry = 0
        for index in 0..<32 {
            carry += Int(signature[32 + index]) + Int(order[index])
            signature[32 + index] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
        #expect(try !key.isValid(signature: signature, for: bytes(vector.message)))
    }
}
