/// What a key is for. The raw value is Canton's database number.
public enum KeyPurpose: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    /// Signs messages.
    case signing = 0
    /// Decrypts messages, or agrees on secrets with which they are decrypted.
    case encryption = 1

    /// Reads the text name; nil for anything else.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The text name: `signing` or `encryption`.
    public var name: String {
        switch self {
        case .signing: "signing"
        case .encryption: "encryption"
        }
    }

    /// The text name.
    public var description: String { name }
}
