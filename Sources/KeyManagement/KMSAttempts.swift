/// Told of the attempts of a KMS call while the call goes on.
public protocol KMSAttemptObserver: Sendable {
    /// An attempt failed, and the same request is about to leave again.
    ///
    /// - Throws: the request must not leave; the call ends with this error.
    func willRepeat(after failure: KMSError) async throws(KMSError)
}

/// How an implementation of ``KMS`` tells its caller of attempts.
///
/// An `AuditedKMS` listens around each call that it makes, so that every attempt has its lines in the log. Outside
/// such a call nobody listens, and telling costs nothing.
public enum KMSAttempts {
    /// Who listens in this task.
    @TaskLocal private static var observer: (any KMSAttemptObserver)?

    /// To be called after an attempt that failed and before the same request leaves again; not after the last attempt,
    /// whose error the call throws.
    ///
    /// - Throws: what the call must end with, at once: the request must not leave.
    public static func willRepeat(after failure: KMSError) async throws(KMSError) {
        try await observer?.willRepeat(after: failure)
    }

    /// Makes a call with somebody listening.
    public static func observed<Answer: ~Copyable>(
        by observer: any KMSAttemptObserver, _ call: () async throws(KMSError) -> Answer
    ) async throws(KMSError) -> Answer {
        try await $observer.during(observer, call)
    }
}
