import NodeKeys
import Testing

/// Encodings that BER allows and DER does not, and numbers that no key has.
@Suite struct DERStrictnessTests {
    private let seed = String(repeating: "ab", count: 32)

    @Test func `lengths must be definite and in their shortest form`() throws {
        #expect(refusal(bytes("302e020100300506032b657004220420" + seed)) == nil)
        // 81 2e, 82 00 2e, 80 … 00 00, 83 00 00 2e, 84, ff.
        #expect(refusal(bytes("30812e020100300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("3082002e020100300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("3080020100300506032b657004220420" + seed + "0000")) == .malformed)
        #expect(refusal(bytes("308300002e020100300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("30847fffffff020100300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("30ff020100300506032b657004220420" + seed)) == .malformed)
        // Inside: the version, the algorithm, the seed.
        #expect(refusal(bytes("302f02810100300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("302f02010030810506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("302f020100300506032b65700423048120" + seed)) == .malformed)
    }

    @Test func `integers must be minimal and not negative`() throws {
        #expect(refusal(bytes("302f02020000300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("302e0201ff300506032b657004220420" + seed)) == .malformed)
        #expect(refusal(bytes("302d0200300506032b657004220420" + seed)) == .malformed)
    }

    @Test func `an Ed25519 algorithm has no parameters and its seed 32 bytes`() throws {
        #expect(refusal(bytes("3030020100300706032b6570050004220420" + seed)) == .malformed)
        #expect(refusal(bytes("302d020100300506032b65700421041f" + seed.dropLast(2))) == .malformed)
        #expect(refusal(bytes("302f020100300506032b657004230421ab" + seed)) == .malformed)
        #expect(refusal(bytes("302c020100300506032b65700420" + seed)) == .malformed)
    }

    @Test func `attributes are passed over when they are sound`() throws {
        let key = "020100300506032b657004220420" + seed
        #expect(refusal(bytes("303d" + key + "a00d" + "300b060355040331040c026e6f")) == nil)
        // A SEQUENCE of values instead of a SET, and a name that is no object identifier.
        #expect(refusal(bytes("303d" + key + "a00d" + "300b060355040330040c026e6f")) == .malformed)
        #expect(refusal(bytes("303d" + key + "a00d" + "300b040355040331040c026e6f")) == .malformed)
        #expect(refusal(bytes("3030" + key + "a000")) == nil)
        #expect(refusal(bytes("3033" + key + "a003020100")) == .malformed)
        #expect(refusal(bytes("3032" + key + "a200a000")) == .malformed)
    }

    struct CurveCase: Sendable {
        let scheme: KeyScheme
        let parameters: String
        let order: String
    }

    static let curves = [
        CurveCase(
            scheme: .ecP256, parameters: "a00a06082a8648ce3d030107",
            order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        CurveCase(
            scheme: .ecP384, parameters: "a00706052b81040022",
            order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
        CurveCase(
            scheme: .ecSecp256k1, parameters: "a00706052b8104000a",
            order: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    ]

    @Test(arguments: curves) func `a private number is from 1 to the order less 1`(curve: CurveCase) throws {
        let order = bytes(curve.order)
        func refusalOf(_ scalar: [UInt8]) -> NodeKeysError.Code? {
            let content = [2, 1, 1, 4, UInt8(scalar.count)] + scalar + bytes(curve.parameters)
            return refusal([0x30, UInt8(content.count)] + content)
        }
        func near(_ step: Int) -> [UInt8] {
            var scalar = order
            scalar[scalar.count - 1] = UInt8(Int(scalar[scalar.count - 1]) + step)
            return scalar
        }
        #expect(refusalOf(near(-1)) == nil)
        #expect(refusalOf([1]) == nil)
        #expect(refusalOf(order) == .malformed)
        #expect(refusalOf(near(1)) == .malformed)
        #expect(refusalOf([UInt8](repeating: 0xff, count: order.count)) == .malformed)
        #expect(refusalOf([UInt8](repeating: 0, count: order.count)) == .malformed)
        #expect(refusalOf([]) == .malformed)
        #expect(refusalOf([0] + near(-1)) == .malformed)
    }
}
