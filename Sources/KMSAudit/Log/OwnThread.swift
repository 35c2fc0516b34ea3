import Glibc

/// A thread for one piece of work that may block for long.
///
/// Not one of Dispatch's: these are few, and others of them may block too, so that a line would wait for its thread.
enum OwnThread {
    /// Runs `work` on a new thread; false when there are too many threads.
    static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        pthread_attr_init(attributes)
        defer {
            pthread_attr_destroy(attributes)
            attributes.deallocate()
        }
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(attributes, 1 << 19)
        let box = Unmanaged.passRetained(Work(work))
        var thread: pthread_t = 0
        let failure = pthread_create(
            &thread, attributes,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        if failure != 0 { box.release() }
        return failure == 0
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
