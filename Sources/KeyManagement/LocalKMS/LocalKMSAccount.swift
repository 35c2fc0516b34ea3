extension LocalKMS {
    /// The account number in its ARNs: there is one only, since all its keys lie in one file.
    public static let account = "000000000000"

    /// The region in its ARNs.
    static let region = "local"
}

extension WrapperKeyID {
    /// Whether the name is an ARN of LocalKMS.
    public var isLocal: Bool { region == LocalKMS.region && account == LocalKMS.account }
}
