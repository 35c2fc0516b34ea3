public import EnvelopeCrypto
import KMSAudit
public import KeyManagement
import SecretMemory
import VaultStorage

/// Where a rewrap goes.
public enum RewrapDestination: Sendable, Equatable {
    /// The vault's own wrapper key: only wrappings whose key material is no longer current are replaced.
    case currentKey
    /// Another wrapper key, under any of its names.
    case key(WrapperKeyID)
    /// A wrapper key that is created for the purpose; while an interrupted rewrap is on record, its wrapper key.
    case newKey(WrapperKeyTemplate)
}

/// What a rewrap did, or would do.
public struct RewrapReport: Sendable, Equatable {
    /// The job on record, nil for a dry run.
    public let jobID: UUIDBytes?
    /// The wrapper key on record before.
    public let source: WrapperKeyID
    /// The wrapper key on record after; nil for a dry run with a key that would be created.
    public let target: WrapperKeyID?
    /// Wrapped keys that had to be replaced: data keys and the integrity key.
    public let total: Int
    /// Wrapped keys that were replaced.
    public let done: Int
    /// Calls made to the KMS; for a dry run, calls that would be made besides.
    public let kmsCalls: Int
    /// Whether nothing was changed because that was asked.
    public let isDryRun: Bool
}

extension KeyStore {
    /// Replaces the wrapping of every data key, and of the integrity key, by one under `destination`.
    ///
    /// Records are neither read nor written. The destination becomes the wrapper key on record first, so that data keys
    /// made meanwhile lie under it; then each wrapped key is replaced by a KMS `ReEncrypt`, verified by one unwrap, and
    /// committed alone. Safe to interrupt: a later run with the same destination takes up where this one stopped.
    ///
    /// - Parameters:
    ///   - concurrency: wrapped keys in work at once, 1 to 64.
    ///   - progress: called with the number of wrapped keys done and of all.
    /// - Throws: ``VaultError`` before anything changes when the destination cannot wrap, is not trusted, or is the
    ///   wrapper key already.
    public func rewrap(
        to destination: RewrapDestination, isDryRun: Bool = false, concurrency: Int = 4,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(VaultError) -> RewrapReport {
        try checkUsable("rewrap")
        guard (1...64).contains(concurrency) else {
            throw VaultError(.invalidArgument, operation: "rewrap", message: "1 to 64 wrapped keys are in work at once")
        }
        return try await mapped("rewrap") {
            guard let kms, let authenticator else {
                throw VaultError(
                    .notEncrypted, operation: "rewrap", message: "the vault is clear: it has nothing to rewrap")
            }
            let run = RewrapRun(store: self, kms: kms, authenticator: authenticator, progress: progress)
            return try await run(destination, isDryRun: isDryRun, concurrency: concurrency)
        }
    }
}
