/// A secret with several holders: wiped when the last one lets go.
public final class SecretBox: Sendable {
    /// The bytes.
    public let secret: SecretBytes

    /// Takes the bytes over.
    public init(_ secret: consuming SecretBytes) { self.secret = secret }
}
