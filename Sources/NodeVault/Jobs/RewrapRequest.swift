public import KeyManagement

/// Where a rewrap goes.
public enum RewrapDestination: Sendable, Equatable {
    /// The vault's own wrapper key: wrappings under other wrapper keys are replaced, and those of its own that
    /// ``RewrapScope`` says.
    case currentKey
    /// Another wrapper key, under any of its names.
    case key(WrapperKeyID)
    /// A wrapper key that is created for the purpose; while an interrupted rewrap is on record, its wrapper key.
    case newKey(WrapperKeyTemplate)
}

/// Which wrappings under the vault's own wrapper key are replaced by a rewrap to it.
public enum RewrapScope: Sendable, Equatable {
    /// Those whose key material is not the current one any more, or is not known.
    case stale
    /// Those that were made longer ago than this.
    case olderThan(Duration)
    /// All.
    case all
}

/// How a wrapping is replaced by another.
public enum RewrapMethod: String, Sendable, CaseIterable {
    /// `re-encrypt` where the KMS can and permits it, otherwise `unwrap-wrap`.
    case auto
    /// Inside the KMS, which the data key does not leave.
    case reEncrypt = "re-encrypt"
    /// The data key comes into secret memory and is wrapped anew.
    case unwrapWrap = "unwrap-wrap"
}

/// How fast a job goes, and what it leaves out.
public struct JobOptions: Sendable, Equatable {
    /// Shows what would be done and changes nothing.
    public var isDryRun = false
    /// Wrapped keys in work at once, 1 to 64.
    public var concurrency = 4
    /// The most KMS calls in a second, nil for no bound. A KMS that throttles slows the job down by itself.
    public var callsPerSecond: Int?
    /// How wrappings are replaced.
    public var method = RewrapMethod.auto
    /// Whether each new wrapping is unwrapped, and its data key compared, before the old one is dropped. Without it only
    /// the names of both wrapper keys that the KMS answers are compared.
    public var verifiesByUnwrap = true

    /// The defaults.
    public init() {}

    func check(_ operation: String) throws(VaultError) {
        guard (1...64).contains(concurrency) else {
            throw VaultError(
                .invalidArgument, operation: operation, message: "1 to 64 wrapped keys are in work at once",
                hint: "choose another number")
        }
        guard callsPerSecond.map({ $0 >= 1 }) ?? true else {
            throw VaultError(
                .invalidArgument, operation: operation, message: "a rate is one KMS call in a second or more",
                hint: "choose another number, or none")
        }
    }
}
