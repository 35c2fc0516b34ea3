import SecretMemory
import VaultStorage

extension KeyStore {
    /// Runs `body` as the vault's only job: what it is in the middle of when the task is cancelled, it finishes.
    func runJob(
        _ kind: JobReport.Kind, _ options: JobOptions, progress: @escaping @Sendable (Int, Int) -> Void,
        _ body: @escaping @Sendable (JobSession) async throws -> JobReport
    ) async throws(VaultError) -> JobReport {
        let operation = kind.rawValue
        try checkUsable(operation)
        try options.check(operation)
        guard let kms, let authenticator else { throw Self.notEncrypted(operation) }
        let steps = Lock((done: 0, total: 0))
        do {
            let lock = try JobLock(database.file)
            defer { lock.release() }
            let stop = StopSignal()
            let session = JobSession(
                store: self, kms: kms, authenticator: authenticator, options: options,
                pace: CallPace(callsPerSecond: options.callsPerSecond, stop: stop), stop: stop, kind: kind
            ) { done, total in
                steps.withLock { $0 = (max($0.done, done), total) }
                progress(done, total)
            }
            return try await stop.observingCancellation { try await body(session) }
        } catch is CancellationError {
            let (done, total) = steps.withLock(\.self)
            throw VaultError(
                .cancelled, operation: operation,
                message: "the \(operation) was interrupted after \(done) of \(total) steps",
                hint: "run the command again: it goes on where it stopped")
        } catch { throw VaultError(error, operation: operation) }
    }

    static func notEncrypted(_ operation: String) -> VaultError {
        VaultError(
            .notEncrypted, operation: operation,
            message: "the vault is clear: it has nothing to \(operation) (NO_ENCRYPTED_PRIVATE_KEY_STORE_ERROR)",
            hint: "the key store is encrypted when private-key-store.encryption is configured as it is made")
    }
}
