import EnvelopeCrypto
import KeyManagement
import VaultStorage

/// Which wrapped keys a rewrap replaces.
struct RewrapPlan: Sendable {
    /// Where wrappings under the target itself are replaced, too: which of them.
    enum Selection: Sendable, Equatable {
        /// None: all that lies under other wrapper keys is meant.
        case otherKeys
        /// The same, where the target is created by the job.
        case newKey
        case stale
        /// Made before that time, microseconds since 1970 UTC.
        case olderThan(Int64)
        case all

        private static let agePrefix = "older-than:"

        /// As the job's row has it.
        var text: String {
            switch self {
            case .otherKeys: "other-keys"
            case .newKey: "new-key"
            case .stale: "stale"
            case .olderThan(let time): Self.agePrefix + String(time)
            case .all: "all"
            }
        }

        /// Whether an interrupted job to the same wrapper key meant the same.
        func continues(_ interrupted: JobRow) -> Bool {
            switch self {
            case .otherKeys, .newKey: [Self.otherKeys.text, Self.newKey.text].contains(interrupted.scope)
            case .stale, .olderThan, .all: interrupted.scope == text
            }
        }

        /// For `older-than` the time that an interrupted job began with, so that it does not move.
        func continuing(_ interrupted: JobRow?) -> Selection {
            guard case .olderThan = self, let scope = interrupted?.scope, scope.hasPrefix(Self.agePrefix),
                let time = Int64(scope.dropFirst(Self.agePrefix.count))
            else { return self }
            return .olderThan(time)
        }
    }

    let includesIntegrityKey: Bool
    /// In the order of their ids.
    let dataKeys: [DataKeyRow]

    var total: Int { dataKeys.count + (includesIntegrityKey ? 1 : 0) }

    /// - Parameters:
    ///   - material: the target's current key material.
    ///   - checkpoint: the last data key that an interrupted job has done.
    init(
        _ vault: VaultRow.Encryption, _ rows: [DataKeyRow], to target: WrapperKeyID?, _ selection: Selection,
        material: String?, after checkpoint: UUIDBytes? = nil, isResumed: Bool = false
    ) {
        func isElsewhere(_ wrapperKey: String) -> Bool { wrapperKey != target?.rawValue }
        func isStale(_ keyMaterialID: String?) -> Bool { keyMaterialID == nil || keyMaterialID != material }
        let chosen = rows.filter { row in
            if isElsewhere(row.wrapperKey) { return true }
            switch selection {
            case .otherKeys, .newKey: return false
            case .stale: return isStale(row.keyMaterialID)
            case .olderThan(let time): return (row.rewrappedAt ?? row.createdAt) < time
            case .all: return checkpoint.map { $0.bytes.lexicographicallyPrecedes(row.id.bytes) } ?? true
            }
        }
        dataKeys = chosen
        includesIntegrityKey =
            isElsewhere(vault.integrityWrapperKey)
            || {
                switch selection {
                case .otherKeys, .newKey: false
                case .stale: isStale(vault.integrityMaterialID)
                // It has no age on record: it goes along with the data keys, once.
                case .olderThan: !isResumed && !chosen.isEmpty
                case .all: !isResumed
                }
            }()
    }
}
