/// One statement of an IAM policy or a key policy. Each allows; none denies.
package struct IAMStatement: Sendable, Equatable {
    /// An operator, a condition key, and the values of which one must match.
    package struct Condition: Sendable, Equatable {
        /// `StringEquals`, `ForAllValues:StringEquals` …
        package let comparison: String
        /// `kms:EncryptionContext:nodevault:vault` …
        package let key: String
        /// At least one.
        package let values: [String]
    }

    /// The statement's name.
    package let id: String
    /// `kms:Decrypt` …
    package let actions: [String]
    /// ARNs, with `*` for what is open.
    package let resources: [String]
    /// All of them must hold.
    package let conditions: [Condition]
}
