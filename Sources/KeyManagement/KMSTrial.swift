/// A call that a KMS can be asked about without making it: would it be carried out?
public enum KMSTrial: Sendable, Hashable {
    /// Making a data key.
    case generateDataKey(under: WrapperKeyID, EncryptionContext)
    /// Wrapping 32 bytes.
    case wrap(under: WrapperKeyID, EncryptionContext)
    /// Unwrapping.
    case unwrap(WrappedDataKey, EncryptionContext)
    /// Replacing a wrapping inside the KMS.
    case rewrap(WrappedDataKey, to: WrapperKeyID, EncryptionContext)

    /// The call's name.
    public var operation: KMSOperation {
        switch self {
        case .generateDataKey: .generateDataKey
        case .wrap: .encrypt
        case .unwrap: .decrypt
        case .rewrap: .reEncrypt
        }
    }

    /// The wrapper key that the call is about; the destination of a rewrap.
    public var key: WrapperKeyID {
        switch self {
        case .generateDataKey(let key, _), .wrap(let key, _), .rewrap(_, let key, _): key
        case .unwrap(let wrapped, _): wrapped.wrapperKey
        }
    }
}
