public import EnvelopeCrypto
public import KeyManagement

/// What a job did, or would do.
public struct JobReport: Sendable, Equatable {
    /// What kind of work it was.
    public enum Kind: String, Sendable {
        /// New wrappings of the same data keys.
        case rewrap
        /// New data keys, and every record sealed anew.
        case rotate
    }

    /// What kind of work it was.
    public let kind: Kind
    /// The job on record, nil where nothing was to be done and for a dry run.
    public let jobID: UUIDBytes?
    /// The wrapper key on record before.
    public let source: WrapperKeyID
    /// The wrapper key on record after; nil for a dry run with a key that would be created.
    public let target: WrapperKeyID?
    /// Wrapped keys that had to be replaced, or records that had to be sealed anew.
    public let total: Int
    /// Those that were.
    public let done: Int
    /// Calls made to the KMS; for a dry run, calls that the run would make.
    public let kmsCalls: Int
    /// Whether nothing was changed because that was asked.
    public let isDryRun: Bool
    /// How wrappings were replaced; nil for other work.
    public let method: RewrapMethod?
}
