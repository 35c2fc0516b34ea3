/// Where the keys of a large object are: a hash table with open addressing, at most half full.
///
/// Keys are compared byte for byte; Swift's own comparison takes differently composed characters for the same. The hash is seeded
/// afresh in every process, so that no file can be made to collide.
struct KeyIndex {
    /// Positions, or -1 for a free slot.
    private var slots: [Int32] = []
    private var count = 0

    /// Where a key is among the fields.
    func position(of key: String, in fields: [HOCONField]) -> Int? {
        var slot = KeyIndex.hash(key) & (slots.count - 1)
        while slots[slot] >= 0 {
            let position = Int(slots[slot])
            if KeyIndex.areEqual(fields[position].key, key) { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Takes in the fields that are new since the last call.
    mutating func add(_ fields: [HOCONField]) {
        if fields.count * 2 > slots.count {
            slots = [Int32](repeating: -1, count: max(32, slots.count * 2))
            count = 0
        }
        while count < fields.count {
            var slot = KeyIndex.hash(fields[count].key) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: count)
            count += 1
        }
    }

    static func areEqual(_ left: String, _ right: String) -> Bool {
        left == right && left.utf8.elementsEqual(right.utf8)
    }

    private static let seed = UInt64.random(in: .min ... .max)

    private static func hash(_ key: String) -> Int {
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
