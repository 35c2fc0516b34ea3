/// Where the keys of a large object are: a hash table with open addressing, at most half full.
///
/// Keys are compared byte for byte; Swift's own comparison takes differently composed characters for the same. The hash is seeded
/// afresh in every process, so that no file can be made to collide.
struct KeyIndex {
    /// Positions, or -1 for a free slot.
    private var slots: [Int32] = []

    /// Where a key is among the fields.
    func position(of key: String, _ hash: Int, in fields: [HOCONField]) -> Int? {
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 {
            let position = Int(slots[slot])
            if KeyIndex.areEqual(fields[position].key, key) { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Takes in the last field, by its hash, and all when there are more than the table holds.
    mutating func add(_ hash: Int, _ fields: [HOCONField]) {
        if fields.count * 2 > slots.count {
            slots = [Int32](repeating: -1, count: max(32, slots.count * 4))
            for position in fields.indices { insert(position, KeyIndex.hash(fields[position].key)) }
        } else {
            insert(fields.count - 1, hash)
        }
    }

    private mutating func insert(_ position: Int, _ hash: Int) {
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: position)
    }

    static func areEqual(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                for position in left.indices where left[position] != right[position] { return false }
                return true
            }
        }
    }

    private static let seed = UInt64.random(in: .min ... .max)

    static func hash(_ key: String) -> Int {
        var key = key
        return key.withUTF8 { bytes in
            var state = seed ^ UInt64(bytes.count)
            var position = 0
            while position < bytes.count {
                var word: UInt64 = 0
                for byte in bytes[position..<min(position + 8, bytes.count)] { word = word << 8 | UInt64(byte) }
                let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
                state = product.high ^ product.low
                position += 8
            }
            return Int(truncatingIfNeeded: state ^ state >> 32)
        }
    }
}
