public import EnvelopeCrypto
import VaultStorage

/// What a vault holds, and under which wrapper keys.
public struct Census: Sendable, Equatable {
    /// A wrapped data key.
    public struct DataKeyEntry: Sendable, Equatable {
        /// Whether new records go under it.
        public enum State: String, Sendable {
            /// New records go under it.
            case active
            /// It has sealed all the records that it may, or another one took its place.
            case full
            /// A rotation is moving its records to other data keys, and deletes it then.
            case retired
        }

        /// Names the data key.
        public let id: UUIDBytes
        /// The ARN of the wrapper key that it lies under.
        public let wrapperKey: String
        /// The key material of the wrapper key, where the KMS has told it.
        public let keyMaterialID: String?
        /// Whether new records go under it.
        public let state: State
        /// Records that lie under it now.
        public let records: Int
        /// Microseconds since 1970 UTC.
        public let createdAtMicroseconds: Int64
        /// Microseconds since 1970 UTC, nil when it was never rewrapped.
        public let rewrappedAtMicroseconds: Int64?
    }

    /// A job on record.
    public struct Job: Sendable, Equatable {
        /// Names the job.
        public let id: UUIDBytes
        /// `rewrap` …
        public let kind: String
        /// `running` or `done`.
        public let state: String
        /// Steps done.
        public let done: Int
        /// Steps in all.
        public let total: Int
        /// The wrapper key that the job left.
        public let source: String?
        /// The wrapper key that it went to.
        public let target: String?
    }

    /// The vault's id.
    public let vaultID: UUIDBytes
    /// The node that it belongs to.
    public let node: String
    /// The ARN that new data keys are wrapped under; nil for a clear vault.
    public let wrapperKey: String?
    /// Whether the vault made that wrapper key itself.
    public let createdWrapperKey: Bool
    /// The schema's version.
    public let schema: Int
    /// Sealed private keys.
    public let records: Int
    /// Private keys that lie unencrypted.
    public let clearRecords: Int
    /// In the order of their ids.
    public let dataKeys: [DataKeyEntry]
    /// In the order of their ids.
    public let jobs: [Job]
    /// Advances with every change.
    public let epoch: Int64
    /// Copies of the vault that upgrades of its schema have set aside: they hold keys, too.
    public let copiesSetAside: [String]

    init(_ reader: VaultReader, copiesSetAside: [String]) throws {
        let vault = try reader.vault()
        let counts = try reader.recordCounts()
        let rows = try reader.all(DataKeyRow.self)
        vaultID = vault.id
        node = vault.node
        wrapperKey = vault.encryption?.wrapperKey
        createdWrapperKey = vault.encryption?.createdWrapperKey ?? false
        schema = Int(vault.format)
        clearRecords = Int(counts[nil] ?? 0)
        records = Int(counts.reduce(0) { $0 + ($1.key == nil ? 0 : $1.value) })
        let work = try reader.all(JobRow.self)
        let retired = Set(work.filter { $0.state == .running }.flatMap { $0.plan ?? [] })
        dataKeys = rows.map { row in
            DataKeyEntry(
                id: row.id, wrapperKey: row.wrapperKey, keyMaterialID: row.keyMaterialID,
                state: row.id == vault.encryption?.activeDataKey
                    ? .active : retired.contains(row.id) ? .retired : .full, records: Int(counts[row.id] ?? 0),
                createdAtMicroseconds: row.createdAt, rewrappedAtMicroseconds: row.rewrappedAt)
        }
        jobs = work.map { job in
            Job(
                id: job.id, kind: job.kind.rawValue, state: job.state.rawValue, done: Int(job.done),
                total: Int(job.total), source: job.source, target: job.target)
        }
        epoch = vault.epoch
        self.copiesSetAside = copiesSetAside
    }
}
