extension KeyStore {
    /// Makes new data keys and seals every record anew under them; the old data keys are deleted.
    ///
    /// From the job's first transaction on nothing new is sealed under the old data keys. Records are opened and sealed in
    /// secret memory outside of any transaction, and written in batches that hold the database for about five
    /// milliseconds, with a gap as long between them. An old data key is deleted when its last record has left. Safe to
    /// interrupt at any moment: the same call takes up where this one stopped.
    ///
    /// - Parameters:
    ///   - options: concurrency and rate, or a dry run.
    ///   - progress: called with the number of records done and of all.
    /// - Throws: ``VaultError`` before anything changes when the wrapper key cannot wrap or an old one cannot unwrap;
    ///   `busy` while another job is at work or unfinished; `cancelled`.
    public func rotateDataKeys(
        _ options: JobOptions = JobOptions(),
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(VaultError) -> JobReport {
        try await runJob(.rotate, options, progress: progress) { session in try await RotateRun(session)() }
    }
}
