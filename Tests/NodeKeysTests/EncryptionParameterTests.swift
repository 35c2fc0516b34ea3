import NodeKeys
import Testing

/// Encrypted files with parameters of our choice: what is asked for too much, too little, or not at all possible.
@Suite struct EncryptionParameterTests {
    private let salt = element(0x04, [1, 2, 3, 4, 5, 6, 7, 8])
    private let pbes2 = bytes("06092a864886f70d01050d")
    private let aes256 = bytes("060960864801650304012a")

    private func integer(_ hexDigits: String) -> [UInt8] { element(0x02, bytes(hexDigits)) }

    private func scrypt(_ numbers: String...) -> [UInt8] {
        let parameters = numbers.flatMap { integer($0) }
        return element(0x30, bytes("06092b06010401da47040b"), element(0x30, salt, parameters))
    }

    private func pbkdf2(_ fields: [UInt8]...) -> [UInt8] {
        element(0x30, bytes("06092a864886f70d01050c"), element(0x30, salt, fields.flatMap { $0 }))
    }

    private func file(_ derivation: [UInt8], initialVector: Int = 16, ciphertext: Int = 48) -> [UInt8] {
        let cipher = element(0x30, aes256, element(0x04, [UInt8](repeating: 7, count: initialVector)))
        let algorithm = element(0x30, pbes2, element(0x30, derivation, cipher))
        return element(0x30, algorithm, element(0x04, [UInt8](repeating: 9, count: ciphertext)))
    }

    private func outcome(_ file: [UInt8]) -> NodeKeysError.Code? { refusal(file, passphrase: "p") }

    @Test func `scrypt is read within limits`() {
        #expect(outcome(file(scrypt("02", "01", "01"))) == .wrongPassphrase)
        #expect(outcome(file(scrypt("4000", "08", "05"))) == .wrongPassphrase)
        // N = 0, 1, 3, 2^22; r = 0, p = 0; N·r·p = 2^25.
        for numbers in [["00", "08", "01"], ["01", "08", "01"], ["03", "08", "01"], ["400000", "08", "01"]] {
            #expect(outcome(file(scrypt(numbers[0], numbers[1], numbers[2]))) == .unsupportedAlgorithm)
        }
        #expect(outcome(file(scrypt("0400", "00", "01"))) == .unsupportedAlgorithm)
        #expect(outcome(file(scrypt("0400", "08", "00"))) == .unsupportedAlgorithm)
        #expect(outcome(file(scrypt("008000", "08", "0080"))) == .unsupportedAlgorithm)
        #expect(outcome(file(scrypt("0400", "08", "0100000000"))) == .malformed)
        #expect(outcome(file(scrypt("0400", "08"))) == .malformed)
        #expect(outcome(file(scrypt("0400", "08", "01", "20", "01"))) == .malformed)
    }

    @Test func `PBKDF2 is read within limits`() {
        #expect(outcome(file(pbkdf2(integer("01")))) == .wrongPassphrase)
        #expect(outcome(file(pbkdf2(integer("00")))) == .unsupportedAlgorithm)
        #expect(outcome(file(pbkdf2(integer("00989681")))) == .unsupportedAlgorithm)
        #expect(outcome(file(pbkdf2(integer("01"), integer("20")))) == .wrongPassphrase)
        #expect(outcome(file(pbkdf2(integer("01"), integer("20"), integer("20")))) == .malformed)
    }

    @Test func `hashes under PBKDF2 are named, with NULL or nothing beside them`() {
        func hash(_ oid: String, _ parameters: String) -> [UInt8] { element(0x30, bytes(oid), bytes(parameters)) }
        let sha256 = "06082a864886f70d0209"
        #expect(outcome(file(pbkdf2(integer("01"), hash(sha256, "0500")))) == .wrongPassphrase)
        #expect(outcome(file(pbkdf2(integer("01"), hash(sha256, "")))) == .wrongPassphrase)
        #expect(outcome(file(pbkdf2(integer("01"), hash(sha256, "050100")))) == .malformed)
        #expect(outcome(file(pbkdf2(integer("01"), hash(sha256, "05000500")))) == .malformed)
        #expect(outcome(file(pbkdf2(integer("01"), hash("06082a864886f70d0208", "0500")))) == .unsupportedAlgorithm)
    }

    @Test func `a key length must be the cipher's`() {
        #expect(outcome(file(scrypt("02", "01", "01", "20"))) == .wrongPassphrase)
        #expect(outcome(file(scrypt("02", "01", "01", "10"))) == .malformed)
        #expect(outcome(file(pbkdf2(integer("01"), integer("18")))) == .malformed)
    }

    @Test func `initial vector and ciphertext are of whole blocks`() {
        #expect(outcome(file(pbkdf2(integer("01")), initialVector: 8)) == .malformed)
        #expect(outcome(file(pbkdf2(integer("01")), initialVector: 17)) == .malformed)
        #expect(outcome(file(pbkdf2(integer("01")), ciphertext: 0)) == .malformed)
        #expect(outcome(file(pbkdf2(integer("01")), ciphertext: 47)) == .malformed)
    }

    @Test func `other derivations are refused by name`() throws {
        let argon2 = element(0x30, bytes("06032a0304"), element(0x30, salt))
        let error = #expect(throws: NodeKeysError.self) { _ = try imported(file(argon2), passphrase: "p") }
        #expect(error?.code == .unsupportedAlgorithm)
        #expect(error?.message.contains("1.2.3.4") == true)
    }
}
