import EnvelopeCrypto
import SecretMemory
import Testing

@Suite struct PrimitiveTests {
    @Test func `HKDF gives the first block of RFC 5869's test cases 1 and 3`() throws {
        let first = try HKDF.derive(
            from: secret(hex: String(repeating: "0b", count: 22)),
            salt: #require([UInt8](hex: "000102030405060708090a0b0c")),
            info: #require([UInt8](hex: "f0f1f2f3f4f5f6f7f8f9")), count: 32)
        #expect(exposed(first).hex == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")
        let third = try HKDF.derive(
            from: secret(hex: String(repeating: "0b", count: 22)), salt: [], info: [], count: 32)
        #expect(exposed(third).hex == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
    }

    @Test func `a row code is HMAC-SHA-256, as RFC 4231's case 3 shows with a key of zero padding`() throws {
        // RFC 4231's keys are not 32 bytes long; HMAC pads a key with zeros, so case 3's 20 bytes plus 12 zeros is the same.
        let key = try IntegrityKey(
            bytes: secret(hex: String(repeating: "aa", count: 20) + String(repeating: "00", count: 12)))
        let code = try key.code(ofRow: [UInt8](repeating: 0xdd, count: 50))
        #expect(code.bytes.hex == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
    }

    @Test func `the element of a row is not its stored code, and the same key gives the same element`() throws {
        let key = try IntegrityKey(bytes: secret(hex: String(repeating: "5a", count: 32)))
        let again = try IntegrityKey(bytes: secret(hex: String(repeating: "5a", count: 32)))
        let other = try IntegrityKey(bytes: .random(count: 32))
        let code = try key.code(ofRow: [1, 2, 3])
        #expect(code.element != code.mac)
        #expect(try again.code(ofRow: [1, 2, 3]) == code)
        #expect(try other.code(ofRow: [1, 2, 3]) != code)
        var sum = RowMAC.zero
        sum += code
        #expect(sum == code.element)
    }

    @Test func `AES-256-GCM gives the answers of McGrew and Viega's cases 13, 14 and 16`() throws {
        let zeroKey = try secret(hex: String(repeating: "00", count: 32))
        let zeroNonce = [UInt8](repeating: 0, count: 12)
        let empty = [UInt8]()
        let zeros = [UInt8](repeating: 0, count: 16)
        #expect(
            try AESGCM.seal(empty.span.bytes, key: zeroKey, nonce: zeroNonce, authenticatedData: []).hex
                == "530f8afbc74536b9a963b4f1c4cb738b")
        #expect(
            try AESGCM.seal(zeros.span.bytes, key: zeroKey, nonce: zeroNonce, authenticatedData: []).hex
                == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        let key = try secret(hex: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let nonce = try #require([UInt8](hex: "cafebabefacedbaddecaf888"))
        let authenticated = try #require([UInt8](hex: "feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let sealed =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
            + "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        let plaintext =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
            + "b16aedf5aa0de657ba637b39"
        let opened = try AESGCM.open(
            #require([UInt8](hex: sealed)), key: key, nonce: nonce, authenticatedData: authenticated)
        #expect(exposed(opened).hex == plaintext)
    }

    @Test func `AES-256-GCM refuses a wrong key, nonce, authenticated data, and any flipped or missing byte`() throws {
        let key = try SecretBytes.random(count: 32)
        let nonce = try randomBytes(12)
        let text = try randomBytes(40)
        let sealed = try AESGCM.seal(text.span.bytes, key: key, nonce: nonce, authenticatedData: [1, 2])
        func opens(_ sealed: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) -> Bool {
            (try? AESGCM.open(sealed, key: key, nonce: nonce, authenticatedData: data)) != nil
        }
        #expect(opens(sealed, nonce, [1, 2]))
        #expect(!opens(sealed, nonce, [1]))
        #expect(!opens(sealed, try randomBytes(12), [1, 2]))
        for position in sealed.indices {
            var flipped = sealed
            flipped[position] ^= 4
            #expect(!opens(flipped, nonce, [1, 2]))
            #expect(!opens(Array(sealed[..<position]), nonce, [1, 2]))
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try AESGCM.open(sealed, key: SecretBytes.random(count: 32), nonce: nonce, authenticatedData: [1, 2])
        }
    }
}

@Suite struct RowMACTests {
    @Test func `sums carry over all 256 bits and wrap`() throws {
        let ones = try #require(RowMAC(bytes: [UInt8](repeating: 0xff, count: 32)))
        let one = try #require(RowMAC(bytes: [UInt8](repeating: 0, count: 31) + [1]))
        var sum = ones
        sum += one
        #expect(sum == .zero)
        sum -= one
        #expect(sum == ones)
    }

    @Test func `adding and taking away in any order comes back to zero`() throws {
        let codes = try (0..<100).map { _ in try #require(RowMAC(bytes: randomBytes(32))) }
        var sum = RowMAC.zero
        for code in codes { sum += code }
        for code in codes.shuffled() { sum -= code }
        #expect(sum == .zero)
    }

    @Test func `a code has 32 bytes`() {
        #expect(RowMAC(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    }
}

@Suite struct VaultHeadTests {
    private let vault = UUIDBytes("a36d2a81-540f-a3d3-c742-227a39c3fc3f")

    @Test func `a head opens under its key, vault, epoch and counts, and under no other`() throws {
        let vault = try #require(vault)
        let key = try IntegrityKey(bytes: .random(count: 32))
        let head = VaultHead(sum: try #require(RowMAC(bytes: randomBytes(32))), epoch: 7, counts: [1, 2, 3, 4, 5])
        let sealed = try head.sealed(vault: vault, under: key)
        #expect(try VaultHead.open(sealed, vault: vault, epoch: 7, counts: head.counts, under: key) == head)
        let otherKey = try IntegrityKey(bytes: .random(count: 32))
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try VaultHead.open(sealed, vault: vault, epoch: 7, counts: head.counts, under: otherKey)
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try VaultHead.open(sealed, vault: .random(), epoch: 7, counts: head.counts, under: key)
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try VaultHead.open(sealed, vault: vault, epoch: 8, counts: head.counts, under: key)
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            _ = try VaultHead.open(sealed, vault: vault, epoch: 7, counts: [1, 2, 3, 5, 4], under: key)
        }
        for position in sealed.indices {
            var flipped = sealed
            flipped[position] ^= 1
            #expect(throws: EnvelopeError.authenticationFailed) {
                _ = try VaultHead.open(flipped, vault: vault, epoch: 7, counts: head.counts, under: key)
            }
        }
    }

    @Test func `the stored head does not show the sum`() throws {
        let key = try IntegrityKey(bytes: .random(count: 32))
        let head = VaultHead(sum: .zero, epoch: 1, counts: [])
        let vault = try #require(vault)
        #expect(try head.sealed(vault: vault, under: key) != head.sealed(vault: vault, under: key))
    }
}

@Suite struct UUIDBytesTests {
    @Test func `text and bytes stand for each other`() throws {
        let id = try #require(UUIDBytes("a36d2a81-540f-a3d3-c742-227a39c3fc3f"))
        #expect(id.bytes.hex == "a36d2a81540fa3d3c742227a39c3fc3f")
        #expect(id.description == "a36d2a81-540f-a3d3-c742-227a39c3fc3f")
    }

    @Test(arguments: [
        "", "a36d2a81540fa3d3c742227a39c3fc3f", "a36d2a81-540f-a3d3-c742-227a39c3fc3",
        "g36d2a81-540f-a3d3-c742-227a39c3fc3f",
    ])
    func `other text is no id`(text: String) { #expect(UUIDBytes(text) == nil) }

    @Test func `a fresh id says version 4`() throws {
        let text = try UUIDBytes.random().description
        #expect(Array(text)[14] == "4" && "89ab".contains(Array(text)[19]))
    }
}
