import NodeKeys
import Testing

@Suite struct KeyNamesTests {
    @Test func `schemes have the names of records and commands`() {
        #expect(KeyScheme.allCases.map(\.rawValue) == ["ed25519", "ec-p256", "ec-p384", "ec-secp256k1", "rsa-2048"])
        #expect(KeyScheme(rawValue: "EC-P256") == nil)
    }

    @Test func `schemes serve Canton's purposes and refuse the others`() throws {
        let signing = KeyScheme.allCases.filter { $0.allows(.signing) }
        let encryption = KeyScheme.allCases.filter { $0.allows(.encryption) }
        #expect(signing == [.ed25519, .ecP256, .ecP384, .ecSecp256k1])
        #expect(encryption == [.ecP256, .rsa2048])
        try KeyScheme.ecP256.require(.encryption)
        #expect(code { try KeyScheme.rsa2048.require(.signing) } == .purposeNotAllowed)
        #expect(code { try KeyScheme.ed25519.require(.encryption) } == .purposeNotAllowed)
    }

    @Test func `purposes and usages carry Canton's database numbers`() {
        #expect(KeyPurpose.allCases.map(\.rawValue) == [0, 1])
        #expect(KeyPurpose.allCases.map(\.name) == ["signing", "encryption"])
        #expect(KeyUsage.allCases.map(\.rawValue) == [0, 2, 3, 4, 5])
        #expect(
            KeyUsage.allCases.map(\.name)
                == ["namespace", "sequencer-auth", "protocol", "proof-of-ownership", "party-jwt"])
        #expect(KeyUsage(rawValue: 1) == nil)
        #expect([KeyUsage.partyJWT, .namespace].sorted() == [.namespace, .partyJWT])
    }

    @Test func `names are read back, and nothing else is`() {
        for purpose in KeyPurpose.allCases { #expect(KeyPurpose(name: purpose.name) == purpose) }
        for usage in KeyUsage.allCases { #expect(KeyUsage(name: usage.name) == usage) }
        #expect(KeyUsage(name: "signing") == .protocol)
        #expect(KeyPurpose(name: "Signing") == nil)
        #expect(KeyUsage(name: "identity") == nil)
        #expect(KeyUsage(name: "") == nil)
    }

    @Test func `a key id is 68 characters and in lower case`() {
        let text = "1220" + String(repeating: "0123456789abcdef", count: 4)
        #expect(KeyID(text)?.description == text)
        #expect(KeyID(String(text.dropLast())) == nil)
        #expect(KeyID(text + "0") == nil)
        #expect(KeyID(text.uppercased()) == nil)
        #expect(KeyID("1221" + text.dropFirst(4)) == nil)
        #expect(KeyID(String(text.dropLast()) + "g") == nil)
        #expect(KeyID("") == nil)
        let ids = FixedKey.all.compactMap { KeyID($0.keyID) }.sorted()
        #expect(ids.map(\.description) == FixedKey.all.map(\.keyID).sorted())
    }

    @Test func `errors are equal when their codes are`() {
        let malformed = #expect(throws: NodeKeysError.self) { try PublicKey(subjectPublicKeyInfo: []) }
        let other = #expect(throws: NodeKeysError.self) { try PublicKey(subjectPublicKeyInfo: [1]) }
        let purpose = #expect(throws: NodeKeysError.self) { try KeyScheme.rsa2048.require(.signing) }
        #expect(malformed == other)
        #expect(malformed != purpose)
        #expect(malformed?.message != other?.message)
    }
}
