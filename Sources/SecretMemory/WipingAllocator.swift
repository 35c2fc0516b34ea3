import CLinux
import COpenSSL
import Glibc

/// Allocation functions for C libraries that wipe every block before it goes back to the heap.
package enum WipingAllocator {
    /// Gives them to OpenSSL. False when OpenSSL has allocated before: then its own functions stay.
    static func install() -> Bool {
        CRYPTO_set_mem_functions(
            { size, _, _ in malloc(size) },
            { old, size, _, _ in WipingAllocator.reallocate(old, size) },
            { block, _, _ in WipingAllocator.release(block) }
        ) == 1
    }

    /// As the C library's `realloc`.
    package static func reallocate(_ old: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
        guard let old else { return malloc(size) }
        guard size > 0 else {
            release(old)
            return nil
        }
        let oldSize = malloc_usable_size(old)
        // Moving by hand: the C library's own realloc would leave the old copy unwiped.
        guard size > oldSize, let new = malloc(size) else { return size > oldSize ? nil : old }
        memcpy(new, old, oldSize)
        release(old)
        return new
    }

    /// As the C library's `free`.
    package static func release(_ block: UnsafeMutableRawPointer?) {
        guard let block else { return }
        explicit_bzero(block, malloc_usable_size(block))
        free(block)
    }
}
