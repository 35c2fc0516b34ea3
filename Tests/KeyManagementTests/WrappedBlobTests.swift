import EnvelopeCrypto
import KMSConformance
import SecretMemory
import Testing

@testable import KeyManagement

@Suite struct WrappedBlobTests {
    private let fixture: LocalKMSFixture
    private let kms: LocalKMS

    init() throws {
        fixture = try LocalKMSFixture()
        kms = try fixture.open()
    }

    @Test func `a flipped bit anywhere in a wrapped key is refused, and nothing more is said`() async throws {
        let key = try await kms.makeKey()
        let wrapped = try await kms.generateDataKey(under: key, context: .sample).wrapped
        #expect(wrapped.ciphertext.count == 113 + 32 + 16)
        for index in wrapped.ciphertext.indices {
            for bit in 0..<8 {
                var bytes = wrapped.ciphertext
                bytes[index] ^= 1 << UInt8(bit)
                let forged = WrappedDataKey(ciphertext: bytes, wrapperKey: key, keyMaterialID: wrapped.keyMaterialID)
                let error = await #expect(throws: KMSError.self) { _ = try await kms.unwrap(forged, context: .sample) }
                // A changed key id that still is one names another key.
                let expected: [KMSError.Code] =
                    (1..<37).contains(index) ? [.incorrectKey, .invalidCiphertext] : [.invalidCiphertext]
                #expect(expected.contains(error?.code ?? .unavailable), "byte \(index), bit \(bit)")
                #expect(error?.message.contains("ciphertext") == true)
            }
        }
    }

    @Test func `each truncation of a wrapped key is refused`() async throws {
        let key = try await kms.makeKey()
        let whole = try await kms.generateDataKey(under: key, context: .sample).wrapped.ciphertext
        for count in whole.indices {
            let short = WrappedDataKey(ciphertext: Array(whole[..<count]), wrapperKey: key, keyMaterialID: nil)
            await #expect(throws: KMSError(.invalidCiphertext, operation: .decrypt, message: "")) {
                _ = try await kms.unwrap(short, context: .sample)
            }
        }
    }

    @Test func `a key id swapped for another key's does not open, though both keys are there`() async throws {
        let (key, other) = (try await kms.makeKey(), try await kms.makeKey())
        var bytes = try await kms.generateDataKey(under: key, context: .sample).wrapped.ciphertext
        bytes.replaceSubrange(1..<37, with: Array(try #require(other.keyID).utf8))
        let forged = WrappedDataKey(ciphertext: bytes, wrapperKey: other, keyMaterialID: nil)
        await #expect(throws: KMSError(.invalidCiphertext, operation: .decrypt, message: "")) {
            _ = try await kms.unwrap(forged, context: .sample)
        }
    }

    @Test func `a material id that the storage remembers wrongly does not matter`() async throws {
        let made = try await kms.generateDataKey(under: try await kms.makeKey(), context: .sample)
        let stored = WrappedDataKey(
            ciphertext: made.wrapped.ciphertext, wrapperKey: made.wrapped.wrapperKey, keyMaterialID: "another")
        #expect(try await kms.unwrap(stored, context: .sample).keyMaterialID == made.wrapped.keyMaterialID)
    }

    @Test func `no two contexts have the same canonical bytes`() {
        let contexts: [[String: String]] = [
            [:], ["": ""], ["a": "bc"], ["ab": "c"], ["a": "b", "c": ""], ["a": "", "b": "c"], ["abc": ""], ["": "abc"],
        ]
        let encoded = Set(contexts.map { EncryptionContext($0).canonicalBytes })
        #expect(encoded.count == contexts.count)
        let two = EncryptionContext(["b": "2", "a": "1"])
        #expect(two.canonicalBytes.hex == "0000000161" + "0000000131" + "0000000162" + "0000000132")
    }
}
