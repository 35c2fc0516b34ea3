/// The code of one row.
///
/// `mac`, HMAC-SHA-256 under the integrity key, is stored in the row. `element` is what the head sums up: HMAC-SHA-256 of
/// `mac` under a subkey, never stored. Were the stored codes summed up, whoever reads the file would know the sum and could
/// look for sets of older rows that leave it as it is (Wagner, "A Generalized Birthday Problem", 2002).
package struct RowCode: Equatable, Sendable {
    package let mac: RowMAC
    package let element: RowMAC

    /// What a vault without codes sums up.
    package static let zero = RowCode(mac: .zero, element: .zero)

    /// The stored form of the code: 32 bytes.
    package var bytes: [UInt8] { mac.bytes }

    package static func += (sum: inout RowMAC, code: RowCode) { sum += code.element }
    package static func -= (sum: inout RowMAC, code: RowCode) { sum -= code.element }
}

/// 256 bits: the authentication code of a row, or a sum of such codes modulo 2^256.
///
/// Addition and subtraction make the sum of a changed vault computable from the rows that changed.
package struct RowMAC: Equatable, Sendable {
    /// Least significant word first.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    package static let zero = RowMAC(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Reads 32 bytes, most significant first; nil for any other length.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self = .zero
        withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(start: target, count: 32).copyBytes(from: bytes)
        }
    }

    /// 32 bytes, most significant first.
    package var bytes: [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(32)
        result.appendBigEndian(words.3)
        result.appendBigEndian(words.2)
        result.appendBigEndian(words.1)
        result.appendBigEndian(words.0)
        return result
    }

    /// Runs `body` on 32 writable bytes, most significant first.
    mutating func withUnsafeMutableBytes<E: Error>(_ body: (UnsafeMutableRawPointer) throws(E) -> Void) throws(E) {
        var big: (UInt64, UInt64, UInt64, UInt64) = (
            words.3.bigEndian, words.2.bigEndian, words.1.bigEndian, words.0.bigEndian
        )
        try Swift.withUnsafeMutableBytes(of: &big) { buffer throws(E) in
            guard let start = buffer.baseAddress else { return }
            try body(start)
        }
        words = (big.3.bigEndian, big.2.bigEndian, big.1.bigEndian, big.0.bigEndian)
    }

    package static func += (sum: inout RowMAC, mac: RowMAC) {
        var carry = false
        (sum.words.0, carry) = add(sum.words.0, mac.words.0, carry)
        (sum.words.1, carry) = add(sum.words.1, mac.words.1, carry)
        (sum.words.2, carry) = add(sum.words.2, mac.words.2, carry)
        (sum.words.3, carry) = add(sum.words.3, mac.words.3, carry)
    }

    package static func -= (sum: inout RowMAC, mac: RowMAC) {
        var negated = RowMAC(words: (~mac.words.0, ~mac.words.1, ~mac.words.2, ~mac.words.3))
        negated += RowMAC(words: (1, 0, 0, 0))
        sum += negated
    }

    package static func == (left: RowMAC, right: RowMAC) -> Bool {
        // Without an early exit: the time tells nothing of where two codes differ.
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3) == 0
    }

    private static func add(_ left: UInt64, _ right: UInt64, _ carry: Bool) -> (UInt64, Bool) {
        let (partial, first) = left.addingReportingOverflow(right)
        let (sum, second) = partial.addingReportingOverflow(carry ? 1 : 0)
        return (sum, first || second)
    }
}
