/// The name of a wrapper key: a key id, key ARN, alias name (`alias/NAME`) or alias ARN.
public struct WrapperKeyID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name as the KMS takes it.
    public let rawValue: String

    /// Takes a name of 1 to 300 characters (Canton's bound) without spaces or control characters, nothing missing behind
    /// its last slash, and of ARNs only those of a key or an alias in a KMS; nil otherwise.
    public init?(rawValue: String) {
        let allowed = rawValue.utf8.allSatisfy { byte in byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") }
        guard allowed, (1...300).contains(rawValue.utf8.count), !rawValue.hasSuffix("/") else { return nil }
        self.rawValue = rawValue
        guard rawValue.hasPrefix("arn:") else { return }
        guard let arn, !arn.region.isEmpty, !arn.account.isEmpty,
            arn.resource.hasPrefix("key/") || arn.resource.hasPrefix("alias/")
        else { return nil }
    }

    /// The name.
    public var description: String { rawValue }

    /// Whether the name is an ARN, which names account and region.
    public var isARN: Bool { arn != nil }

    /// Whether the name is an alias, which can be pointed at another key.
    public var isAlias: Bool { resource.hasPrefix("alias/") }

    /// The region of an ARN.
    public var region: String? { arn?.region }

    /// The account number of an ARN.
    public var account: String? { arn?.account }

    /// Whether the key is a multi-region key: its id starts with `mrk-`, and its replicas share the id.
    public var isMultiRegion: Bool { keyID?.hasPrefix("mrk-") ?? false }

    /// The bare key id, nil for an alias.
    public var keyID: String? {
        guard !isAlias else { return nil }
        return resource.hasPrefix("key/") ? String(resource.dropFirst(4)) : resource
    }

    private var resource: String { arn?.resource ?? rawValue }

    /// Source: the AWS page "Identify AWS resources with Amazon Resource Names (ARNs)".
    private var arn: (region: String, account: String, resource: String)? {
        let parts = rawValue.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "kms" else { return nil }
        return (String(parts[3]), String(parts[4]), String(parts[5]))
    }
}
