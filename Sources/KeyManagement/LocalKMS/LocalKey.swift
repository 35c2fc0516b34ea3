import EnvelopeCrypto

/// A wrapper key of LocalKMS.
struct LocalKey: Sendable {
    enum State: Sendable, Equatable {
        case enabled, disabled
        case pendingDeletion(Timestamp)
    }

    /// A UUID, or for a multi-region key `mrk-` and 32 hexadecimal digits: 36 characters either way.
    let id: String
    let description: String
    let tags: [String: String]
    let createdAt: Timestamp
    var state: State
    let isMultiRegion: Bool
    /// Oldest first; the last one wraps.
    private(set) var materials: [KeyMaterial]

    static let idLength = 36
    /// AWS's bound on rotations by request.
    static let maximumMaterials = 26

    /// Nil without any material.
    init?(
        id: String, description: String, tags: [String: String], createdAt: Timestamp, state: State,
        isMultiRegion: Bool, materials: [KeyMaterial]
    ) {
        guard !materials.isEmpty else { return nil }
        self.id = id
        self.description = description
        self.tags = tags
        self.createdAt = createdAt
        self.state = state
        self.isMultiRegion = isMultiRegion
        self.materials = materials
    }

    /// A fresh key as `request` wishes it.
    init(_ request: CreateKeyRequest, now: Timestamp) throws(LocalFailure) {
        try KeyLabels.check(request)
        let uuid = try LocalFailure.mapping { () throws(EnvelopeError) in try UUIDBytes.random() }
        id = request.isMultiRegion ? "mrk-" + uuid.bytes.hex : uuid.description
        description = request.description
        tags = request.tags
        createdAt = now
        state = .enabled
        isMultiRegion = request.isMultiRegion
        materials = [try KeyMaterial(createdAt: now)]
    }

    var currentMaterial: KeyMaterial {
        // Both initializers see to at least one material.
        materials[materials.count - 1]
    }

    func material(_ id: [UInt8]) -> KeyMaterial? { materials.first { $0.id == id } }

    func description(requestID: String) throws(LocalFailure) -> KeyDescription {
        let state: KeyDescription.State =
            switch state {
            case .enabled: .enabled
            case .disabled: .disabled
            case .pendingDeletion: .pendingDeletion
            }
        return KeyDescription(
            arn: try arn, state: state, keySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT",
            currentKeyMaterialID: currentMaterial.id.hex, requestID: requestID)
    }

    var arn: WrapperKeyID {
        get throws(LocalFailure) {
            guard let arn = WrapperKeyID(rawValue: Keyring.arnPrefix + "key/" + id) else {
                throw LocalFailure(.damagedFile, "a key has the malformed id \(id)")
            }
            return arn
        }
    }

    /// Refuses what a key that is not enabled refuses in AWS.
    func requireEnabled() throws(LocalFailure) {
        if state == .disabled {
            throw LocalFailure(
                .disabled, "wrapper key \(try arn) is disabled; enable it", awsErrorType: "DisabledException")
        }
        try requireNotPendingDeletion()
    }

    func requireNotPendingDeletion() throws(LocalFailure) {
        if case .pendingDeletion(let date) = state {
            throw .invalidState("wrapper key \(try arn) is pending deletion on \(date); cancel its deletion")
        }
    }

    /// Begins a new material; what was wrapped under older ones stays readable.
    mutating func rotate(now: Timestamp) throws(LocalFailure) {
        try requireEnabled()
        guard materials.count < Self.maximumMaterials else {
            throw .limit("wrapper key \(try arn) was rotated \(materials.count - 1) times, the most; make a new key")
        }
        materials.append(try KeyMaterial(createdAt: now))
    }
}
