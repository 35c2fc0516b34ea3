extension KeyStore {
    /// Replaces the wrapping of every data key, and of the integrity key, by one under `destination`.
    ///
    /// Records are neither read nor written. In one transaction the destination becomes the wrapper key on record, so that
    /// data keys made meanwhile lie under it, and the integrity key is moved; then each data key is wrapped anew, verified
    /// by one unwrap, and committed alone. Safe to interrupt at any moment: the same call takes up where this one stopped.
    /// Cancelling the task ends it after the steps in work.
    ///
    /// - Parameters:
    ///   - destination: where the wrappings go.
    ///   - scope: for ``RewrapDestination/currentKey`` only.
    ///   - options: method, verification, concurrency and rate, or a dry run.
    ///   - progress: called with the number of wrapped keys done and of all.
    /// - Throws: ``VaultError`` before anything changes when the destination cannot wrap, is not trusted, or is the
    ///   wrapper key already; `busy` while another job is at work or unfinished; `cancelled`.
    public func rewrap(
        to destination: RewrapDestination, scope: RewrapScope = .stale, _ options: JobOptions = JobOptions(),
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(VaultError) -> JobReport {
        try await runJob(.rewrap, options, progress: progress) { session in
            try await RewrapRun(session, destination, scope)()
        }
    }
}
