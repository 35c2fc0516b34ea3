public import SecretMemory

/// A data key as the KMS wrapped it.
public struct WrappedDataKey: Hashable, Sendable {
    /// The KMS ciphertext: 1 to 6144 bytes.
    public let ciphertext: [UInt8]
    /// The ARN of the wrapper key that it lies under.
    public let wrapperKey: WrapperKeyID
    /// Which key material of the wrapper key was used, where the KMS told it.
    public let keyMaterialID: String?

    /// A wrapped data key read from storage or answered by a KMS.
    public init(ciphertext: [UInt8], wrapperKey: WrapperKeyID, keyMaterialID: String?) {
        self.ciphertext = ciphertext
        self.wrapperKey = wrapperKey
        self.keyMaterialID = keyMaterialID
    }
}

/// What a new wrapper key should be.
public struct CreateKeyRequest: Sendable {
    /// Shown in the KMS console.
    public let description: String
    /// Tags on the key.
    public let tags: [String: String]
    /// Whether the key can be replicated to other regions.
    public let isMultiRegion: Bool

    /// Asks for a symmetric key.
    public init(description: String, tags: [String: String] = [:], isMultiRegion: Bool = false) {
        self.description = description
        self.tags = tags
        self.isMultiRegion = isMultiRegion
    }
}

/// A wrapper key as the KMS describes it.
public struct KeyDescription: Sendable, Hashable {
    /// AWS's names of key states.
    public enum State: String, Sendable {
        /// Can be used.
        case enabled = "Enabled"
        /// Cannot be used until it is enabled.
        case disabled = "Disabled"
        /// Will be deleted, and cannot be used.
        case pendingDeletion = "PendingDeletion"
        /// Another state, in which it cannot be used.
        case other = "Other"
    }

    /// The key's ARN.
    public let arn: WrapperKeyID
    /// Whether it can be used.
    public let state: State
    /// AWS's name of the key's kind, `SYMMETRIC_DEFAULT` for one that wraps data keys.
    public let keySpec: String
    /// AWS's name of the key's use, `ENCRYPT_DECRYPT` for one that wraps data keys.
    public let keyUsage: String
    /// The key material that new wrappings get, where the KMS tells it.
    public let currentKeyMaterialID: String?
    /// The KMS's own id of this call.
    public let requestID: String

    /// A description as answered.
    public init(
        arn: WrapperKeyID, state: State, keySpec: String, keyUsage: String, currentKeyMaterialID: String?,
        requestID: String
    ) {
        self.arn = arn
        self.state = state
        self.keySpec = keySpec
        self.keyUsage = keyUsage
        self.currentKeyMaterialID = currentKeyMaterialID
        self.requestID = requestID
    }
}

/// A fresh data key, in plain and wrapped.
public struct GeneratedDataKey: ~Copyable, Sendable {
    /// 32 bytes.
    public let plaintext: SecretBytes
    /// The same, wrapped.
    public let wrapped: WrappedDataKey
    /// The KMS's own id of this call.
    public let requestID: String

    /// A data key as answered.
    public init(plaintext: consuming SecretBytes, wrapped: WrappedDataKey, requestID: String) {
        self.plaintext = plaintext
        self.wrapped = wrapped
        self.requestID = requestID
    }

    /// Gives the plaintext away and ends this value.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}

/// An unwrapped key.
public struct UnwrapResponse: ~Copyable, Sendable {
    /// The bytes that were wrapped.
    public let plaintext: SecretBytes
    /// The ARN of the wrapper key that the KMS used.
    public let wrapperKey: WrapperKeyID
    /// Which key material it used, where it tells.
    public let keyMaterialID: String?
    /// The KMS's own id of this call.
    public let requestID: String

    /// An answer.
    public init(
        plaintext: consuming SecretBytes, wrapperKey: WrapperKeyID, keyMaterialID: String?, requestID: String
    ) {
        self.plaintext = plaintext
        self.wrapperKey = wrapperKey
        self.keyMaterialID = keyMaterialID
        self.requestID = requestID
    }

    /// Gives the plaintext away and ends this value.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}

/// A key wrapped on request.
public struct WrapResponse: Sendable {
    /// The wrapped key.
    public let wrapped: WrappedDataKey
    /// The KMS's own id of this call.
    public let requestID: String

    /// An answer.
    public init(wrapped: WrappedDataKey, requestID: String) {
        self.wrapped = wrapped
        self.requestID = requestID
    }
}

/// A key whose wrapping was replaced inside the KMS.
public struct RewrapResponse: Sendable {
    /// The key under its new wrapping.
    public let wrapped: WrappedDataKey
    /// The ARN of the wrapper key that it lay under before.
    public let sourceWrapperKey: WrapperKeyID
    /// The key material that it lay under before, where the KMS tells.
    public let sourceKeyMaterialID: String?
    /// The KMS's own id of this call.
    public let requestID: String

    /// An answer.
    public init(
        wrapped: WrappedDataKey, sourceWrapperKey: WrapperKeyID, sourceKeyMaterialID: String?, requestID: String
    ) {
        self.wrapped = wrapped
        self.sourceWrapperKey = sourceWrapperKey
        self.sourceKeyMaterialID = sourceKeyMaterialID
        self.requestID = requestID
    }
}
