/// The books of a buddy allocator: which blocks of an arena are free. It never touches the arena itself.
///
/// Blocks are powers of two from 64 bytes on. Allocation and release take a step per size class at most.
/// Source: Knuth, The Art of Computer Programming, volume 1, section 2.5 (the buddy system).
struct BuddyBooks: ~Copyable {
    private static let smallestShift = 6
    private static let none: Int32 = -1

    private let topOrder: Int
    private let unitCount: Int
    /// Per unit of 64 bytes: links of the free list, and what begins there.
    private let next: UnsafeMutablePointer<Int32>
    private let previous: UnsafeMutablePointer<Int32>
    private let heads: UnsafeMutablePointer<Int32>
    /// 0: nothing begins here; order + 1: a free block; -(order + 1): an allocated block.
    private let starts: UnsafeMutablePointer<Int8>

    private(set) var bytesInUse = 0

    init(sizeInBytes: Int) {
        topOrder = sizeInBytes.trailingZeroBitCount - Self.smallestShift
        unitCount = sizeInBytes >> Self.smallestShift
        next = .allocate(capacity: unitCount)
        previous = .allocate(capacity: unitCount)
        starts = .allocate(capacity: unitCount)
        heads = .allocate(capacity: topOrder + 1)
        starts.initialize(repeating: 0, count: unitCount)
        heads.initialize(repeating: Self.none, count: topOrder + 1)
        push(0, order: topOrder)
    }

    deinit {
        next.deallocate()
        previous.deallocate()
        starts.deallocate()
        heads.deallocate()
    }

    /// The offset and size in bytes of a block that holds `byteCount`, or nil when none is left.
    mutating func allocate(byteCount: Int) -> (offset: Int, size: Int)? {
        var order = 0
        while (1 << (order + Self.smallestShift)) < byteCount { order += 1 }
        guard order <= topOrder, var found = (order...topOrder).first(where: { heads[$0] != Self.none }) else {
            return nil
        }
        let unit = Int(heads[found])
        remove(unit, order: found)
        while found > order {
            found -= 1
            push(unit + (1 << found), order: found)
        }
        starts[unit] = -Int8(order + 1)
        let size = 1 << (order + Self.smallestShift)
        bytesInUse += size
        return (unit << Self.smallestShift, size)
    }

    /// Takes back the block at `offset` and merges it with its free buddies.
    mutating func free(offset: Int) {
        var unit = offset >> Self.smallestShift
        precondition(starts[unit] < 0, "a secret block was released twice")
        var order = -Int(starts[unit]) - 1
        starts[unit] = 0
        bytesInUse -= 1 << (order + Self.smallestShift)
        while order < topOrder {
            let buddy = unit ^ (1 << order)
            guard starts[buddy] == Int8(order + 1) else { break }
            remove(buddy, order: order)
            unit = min(unit, buddy)
            order += 1
        }
        push(unit, order: order)
    }

    private func push(_ unit: Int, order: Int) {
        let head = heads[order]
        next[unit] = head
        previous[unit] = Self.none
        if head != Self.none { previous[Int(head)] = Int32(unit) }
        heads[order] = Int32(unit)
        starts[unit] = Int8(order + 1)
    }

    private func remove(_ unit: Int, order: Int) {
        if previous[unit] == Self.none { heads[order] = next[unit] } else { next[Int(previous[unit])] = next[unit] }
        if next[unit] != Self.none { previous[Int(next[unit])] = previous[unit] }
        starts[unit] = 0
    }
}
