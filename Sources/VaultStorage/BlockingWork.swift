import Dispatch

/// Runs blocking work (SQLite, files, key derivation) away from Swift's cooperative threads.
package func onBlockingThread<R: Sendable, E: Error>(
    _ work: @escaping @Sendable () throws(E) -> R
) async throws(E) -> R {
    let result = await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: Result { () throws(E) in try work() }) }
    }
    return try result.get()
}
