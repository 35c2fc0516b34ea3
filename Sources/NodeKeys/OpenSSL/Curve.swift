import COpenSSL

/// A named curve, with what OpenSSL computes once for it. Lives as long as the process.
final class Curve: @unchecked Sendable {
    // Unchecked: OpenSSL only reads a group once it is made.
    private let group: OpaquePointer?

    /// OpenSSL's name, as `OSSL_PKEY_PARAM_GROUP_NAME` takes it. A StaticString: OpenSSL keeps the pointer.
    let name: StaticString
    /// Bytes of a coordinate, and of a private scalar.
    let sizeInBytes: Int
    /// The order of the base point, big-endian.
    private let order: [UInt8]

    private static let p256 = Curve("prime256v1", NID_X9_62_prime256v1, sizeInBytes: 32)
    private static let p384 = Curve("secp384r1", NID_secp384r1, sizeInBytes: 48)
    private static let secp256k1 = Curve("secp256k1", NID_secp256k1, sizeInBytes: 32)

    /// The scheme's curve; nil for schemes that have none of this form.
    static func of(_ scheme: KeyScheme) -> Curve? {
        switch scheme {
        case .ecP256: p256
        case .ecP384: p384
        case .ecSecp256k1: secp256k1
        case .ed25519, .rsa2048: nil
        }
    }

    /// The scheme's curve, for what only EC keys do.
    static func required(by scheme: KeyScheme) throws(NodeKeysError) -> Curve {
        guard let curve = of(scheme) else {
            throw NodeKeysError(.purposeNotAllowed, "\(scheme) keys are not on a curve of the form that this needs")
        }
        return curve
    }

    private init(_ name: StaticString, _ number: Int32, sizeInBytes: Int) {
        self.name = name
        self.sizeInBytes = sizeInBytes
        group = EC_GROUP_new_by_curve_name(number)
        var order = [UInt8](repeating: 0, count: sizeInBytes)
        if let group { BN_bn2binpad(EC_GROUP_get0_order(group), &order, Int32(sizeInBytes)) }
        self.order = order
    }

    /// Whether the big-endian number in `range` is in 1 ..< order. Its value has no influence on the time.
    func accepts(scalar bytes: RawSpan, at range: Range<Int>) -> Bool {
        var borrow = 0
        var anyBit: UInt8 = 0
        for step in 1...sizeInBytes {
            let digit = step <= range.count ? bytes.byte(at: range.upperBound - step) : 0
            anyBit |= digit
            borrow = (Int(digit) - Int(order[sizeInBytes - step]) - borrow) >> 8 & 1
        }
        return range.count <= sizeInBytes && borrow == 1 && anyBit != 0
    }

    /// The uncompressed point of the public key that belongs to the private scalar.
    ///
    /// OpenSSL multiplies in constant time, with its scratch numbers in the secure heap.
    func publicPoint(of scalar: borrowing SecretNumber) throws(NodeKeysError) -> [UInt8] {
        let group = try available()
        let scratch = try SecretScratch()
        guard let point = EC_POINT_new(group) else { throw .openSSL("a point") }
        defer { EC_POINT_free(point) }
        let multiplied = EC_POINT_mul(group, point, scalar.pointer, nil, nil, scratch.pointer)
        nodevault_wipe_stack()
        guard multiplied == 1 else { throw .openSSL("deriving a public key on \(name)") }
        var bytes = [UInt8](repeating: 0, count: 1 + 2 * sizeInBytes)
        let written = EC_POINT_point2oct(
            group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, scratch.pointer)
        guard written == bytes.count else { throw .openSSL("encoding a point") }
        return bytes
    }

    /// Refuses anything but an uncompressed point on the curve.
    func check(point: [UInt8]) throws(NodeKeysError) {
        guard point.count == 1 + 2 * sizeInBytes, point.first == 4 else {
            let compressed = point.count == 1 + sizeInBytes && (point.first == 2 || point.first == 3)
            throw .malformed(
                compressed
                    ? "the public key is a compressed point; write it uncompressed (openssl ec -conv_form uncompressed)"
                    : "the public key is no uncompressed point of \(name)")
        }
        let group = try available()
        guard let decoded = EC_POINT_new(group) else { throw .openSSL("a point") }
        defer { EC_POINT_free(decoded) }
        guard EC_POINT_oct2point(group, decoded, point, point.count, nil) == 1 else {
            ERR_clear_error()
            throw .malformed("the public key is no point on \(name)")
        }
    }

    /// Whether `encoded`, uncompressed or compressed, is the uncompressed `point`.
    func matches(_ encoded: [UInt8], point: [UInt8]) -> Bool {
        guard encoded.count == 1 + sizeInBytes else { return encoded == point }
        let compressed = [2 + ((point.last ?? 0) & 1)] + point[1...sizeInBytes]
        return encoded == compressed
    }

    private func available() throws(NodeKeysError) -> OpaquePointer {
        guard let group else {
            throw NodeKeysError(.unsupportedAlgorithm, "this system's OpenSSL does not offer the curve \(name)")
        }
        return group
    }
}
