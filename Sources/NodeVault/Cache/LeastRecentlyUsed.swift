/// A dictionary bounded in entries that drops the least recently used one.
///
/// Look-up, insertion and removal take constant time: entries form a ring by indices, in the order of their use.
struct LeastRecentlyUsed<Key: Hashable, Value> {
    private struct Entry {
        let key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private(set) var capacity: Int
    private var slots: [Entry?] = []
    private var unused: [Int] = []
    private var index: [Key: Int] = [:]
    private var newest = -1
    private var oldest = -1

    init(capacity: Int) {
        precondition(capacity > 0, "a cache holds an entry at least")
        self.capacity = capacity
    }

    var count: Int { index.count }
    var values: [Value] { slots.compactMap { $0?.value } }

    /// The value, which becomes the most recently used one.
    mutating func value(for key: Key) -> Value? {
        guard let slot = index[key] else { return nil }
        if slot != newest {
            unlink(slot)
            linkAsNewest(slot)
        }
        return slots[slot]?.value
    }

    /// The value, whose place in the order of use stays.
    func peek(_ key: Key) -> Value? { index[key].flatMap { slots[$0]?.value } }

    /// Sets a value; drops, and answers, the least recently used one when the bound is passed.
    @discardableResult
    mutating func insert(_ value: Value, for key: Key) -> Value? {
        remove(key)
        let dropped = shrink(to: capacity - 1).first
        let slot: Int
        if let free = unused.popLast() {
            slot = free
        } else {
            slot = slots.count
            slots.append(nil)
        }
        slots[slot] = Entry(key: key, value: value, newer: -1, older: -1)
        index[key] = slot
        linkAsNewest(slot)
        return dropped
    }

    /// Changes the bound; drops, and answers, the least recently used values above it.
    @discardableResult
    mutating func resize(to capacity: Int) -> [Value] {
        precondition(capacity > 0, "a cache holds an entry at least")
        self.capacity = capacity
        return shrink(to: capacity)
    }

    private mutating func shrink(to count: Int) -> [Value] {
        var dropped: [Value] = []
        while index.count > count, oldest >= 0, let entry = slots[oldest] {
            remove(entry.key)
            dropped.append(entry.value)
        }
        return dropped
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let slot = index.removeValue(forKey: key) else { return nil }
        unlink(slot)
        defer { slots[slot] = nil }
        unused.append(slot)
        return slots[slot]?.value
    }

    @discardableResult
    mutating func removeAll(where isGone: (Value) -> Bool) -> [Value] {
        let gone = slots.compactMap { $0 }.filter { isGone($0.value) }
        for entry in gone { remove(entry.key) }
        return gone.map(\.value)
    }

    @discardableResult
    mutating func removeAll() -> [Value] {
        defer { forgetAll() }
        return values
    }

    private mutating func forgetAll() {
        slots = []
        unused = []
        index = [:]
        newest = -1
        oldest = -1
    }

    private mutating func unlink(_ slot: Int) {
        guard let entry = slots[slot] else { return }
        if entry.newer >= 0 { slots[entry.newer]?.older = entry.older } else { newest = entry.older }
        if entry.older >= 0 { slots[entry.older]?.newer = entry.newer } else { oldest = entry.newer }
    }

    private mutating func linkAsNewest(_ slot: Int) {
        slots[slot]?.newer = -1
        slots[slot]?.older = newest
        if newest >= 0 { slots[newest]?.newer = slot }
        newest = slot
        if oldest < 0 { oldest = slot }
    }
}
