import Testing

@testable import SecretMemory

@Suite struct BuddyBooksTests {
    @Test func `blocks never overlap and lie inside the arena, through a long run of random use`() {
        let size = 1 << 16
        var books = BuddyBooks(sizeInBytes: size)
        var held: [(offset: Int, size: Int)] = []
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            if Bool.random(using: &generator), let block = books.allocate(byteCount: .random(in: 1...3000)) {
                #expect(block.offset >= 0 && block.offset + block.size <= size)
                #expect(
                    held.allSatisfy { $0.offset + $0.size <= block.offset || block.offset + block.size <= $0.offset })
                held.append(block)
            } else if let index = held.indices.randomElement(using: &generator) {
                books.free(offset: held.remove(at: index).offset)
            }
        }
        for block in held { books.free(offset: block.offset) }
        #expect(books.bytesInUse == 0)
        // All buddies have merged again: the whole arena is one block.
        #expect(books.allocate(byteCount: size)?.size == size)
    }

    @Test func `an arena that is full says so, and serves again after a release`() throws {
        var books = BuddyBooks(sizeInBytes: 1 << 10)
        let blocks = (0..<16).compactMap { _ in books.allocate(byteCount: 64) }
        #expect(blocks.count == 16)
        #expect(books.allocate(byteCount: 1) == nil)
        books.free(offset: try #require(blocks.first).offset)
        #expect(books.allocate(byteCount: 64) != nil)
    }

    @Test func `more than the arena is refused`() {
        var books = BuddyBooks(sizeInBytes: 1 << 10)
        #expect(books.allocate(byteCount: 1025) == nil)
    }

    @Test func `a block released twice ends the process`() async {
        await #expect(processExitsWith: .failure) {
            var books = BuddyBooks(sizeInBytes: 1 << 10)
            if let block = books.allocate(byteCount: 64) {
                books.free(offset: block.offset)
                books.free(offset: block.offset)
            }
        }
    }
}
