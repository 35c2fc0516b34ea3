import CCurl
import Glibc
import SecretMemory

/// What libcurl needs once in a process: allocation functions that wipe each block before it goes back to the heap.
enum CurlProcess {
    /// Whether libcurl allocates from ours. False where the host had set libcurl up before.
    @discardableResult
    static func prepare() -> Bool { isOurs }

    private static let wasAsked = Lock(false)

    private static let isOurs: Bool = {
        let result = curl_global_init_mem(
            Int(CURL_GLOBAL_DEFAULT),
            { size in CurlProcess.allocate(size) }, { WipingAllocator.release($0) },
            { WipingAllocator.reallocate($0, $1) }, { text in text.flatMap { strdup($0) } }, { calloc($0, $1) })
        guard result == CURLE_OK else { return false }
        // libcurl does not say whether it took them: an allocation tells.
        wasAsked.withLock { $0 = false }
        curl_slist_free_all(curl_slist_append(nil, "a"))
        return wasAsked.withLock { $0 }
    }()

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        wasAsked.withLock { $0 = true }
        return malloc(size)
    }
}
