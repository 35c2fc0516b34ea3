import Glibc

/// Bytes right before a page that must not be touched: who reads past their end crashes.
final class GuardedBytes {
    private let pages: UnsafeMutableRawPointer
    private let size: Int
    let bytes: UnsafeRawBufferPointer

    init(_ content: [UInt8]) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        size = (content.count / page + 2) * page
        let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { fatalError("no memory for a guarded page") }
        pages = mapped
        mprotect(pages + (size - page), page, PROT_NONE)
        let start = pages + (size - page - content.count)
        start.copyMemory(from: content, byteCount: content.count)
        bytes = UnsafeRawBufferPointer(start: start, count: content.count)
    }

    convenience init(_ text: String) { self.init(Array(text.utf8)) }

    deinit { munmap(pages, size) }
}
