extension LocalKMS {
    /// The account number in its ARNs: there is one only, since all its keys lie in one file.
    public static let account = "000000000000"
}
