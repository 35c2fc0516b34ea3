import NodeKeys
import SecretMemory
import Testing

@testable import NodeVault

@Suite struct AgreementTests {
    @Test func `a shared secret is the one that OpenSSL derives`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generateKey(.ecP256, purpose: .encryption)
        let other = try OpenSSLCommand.makeKey(.ecP256)
        let publicOther = try PublicKey(ofPKCS8: SecretBox(copying: other).secret)
        let secret = try await store.deriveSharedSecret(with: publicOther, using: key.keyID)
        let expected = try SecretBox(copying: OpenSSLCommand.sharedSecret(of: other, with: key.publicKey))
        let (count, isSame) = (secret.secret.count, secret.secret.isEqual(to: expected.secret))
        #expect(count == 32 && isSame)
    }

    @Test func `only two keys of ec-p256 agree, and only one that is for encryption`() async throws {
        let fixture = try Fixture()
        let store = try await fixture.create()
        let key = try await store.generateKey(.ecP256, purpose: .encryption)
        let signing = try await store.generate(.ecP256)
        let rsa = try await store.generate(.rsa2048)
        let ofOtherCurve = try await store.generate(.ecSecp256k1)
        for (using, other) in [
            (signing.keyID, key.publicKey), (rsa.keyID, key.publicKey), (key.keyID, ofOtherCurve.publicKey),
        ] {
            await #expect(throws: VaultError.of(.purposeNotAllowed)) {
                try await store.deriveSharedSecret(with: other, using: using)
            }
        }
    }
}
