package import EnvelopeCrypto
package import KeyManagement

/// The least that a vault's callers must be allowed, as statements of an IAM policy.
///
/// Source: the AWS pages "AWS KMS permissions" and "AWS KMS condition keys".
package struct IAMPolicy: Sendable {
    /// What the policy is for.
    package enum Scope: Sendable {
        /// A node that has the vault open: it unwraps data keys and makes new ones.
        case node
        /// Whoever runs any command.
        case operations
    }

    /// How data keys are made, and hence replaced.
    package enum DataKeys: Sendable {
        /// By `GenerateDataKey`; `ReEncrypt` replaces their wrapping inside the KMS.
        case generated
        /// By the caller, and wrapped by `Encrypt`: what Canton's own list of permissions allows.
        case wrapped
    }

    /// The ARNs of wrapper keys that the vault lies under or is to lie under.
    package let wrapperKeys: [WrapperKeyID]
    /// The vault; nil before it is made.
    package let vault: UUIDBytes?
    /// How data keys are made.
    package let dataKeys: DataKeys
    /// Whether wrapper keys may be created.
    package let createsKeys: Bool
    /// Whether every open asks for the pinned wrapper key, which is named otherwise than by its ARN.
    package let asksForPinnedKey: Bool

    /// A policy for a vault.
    package init(
        wrapperKeys: [WrapperKeyID], vault: UUIDBytes?, dataKeys: DataKeys, createsKeys: Bool, asksForPinnedKey: Bool
    ) {
        self.wrapperKeys = wrapperKeys
        self.vault = vault
        self.dataKeys = dataKeys
        self.createsKeys = createsKeys
        self.asksForPinnedKey = asksForPinnedKey
    }

    /// The version of IAM's policy language.
    package static let languageVersion = "2012-10-17"

    /// The tag of wrapper keys that NodeVault creates.
    package static let creationTag = (key: "CreatedBy", value: "NodeVault")

    /// The statements for `scope`.
    package func statements(for scope: Scope) -> [IAMStatement] {
        let arns = wrapperKeys.map(Self.resource)
        var statements = arns.isEmpty ? [] : [use("UseDataKeys", scope, arns, [])]
        if !arns.isEmpty, scope == .operations || asksForPinnedKey {
            statements.append(describe("DescribeWrapperKeys", arns, []))
        }
        guard scope == .operations else { return statements }
        guard createsKeys else { return statements }
        let tagged = IAMStatement.Condition(
            comparison: "StringEquals", key: "aws:ResourceTag/\(Self.creationTag.key)",
            values: [Self.creationTag.value])
        let created = Set(wrapperKeys.compactMap(Self.anyKeyBeside)).sorted()
        let reach = created.isEmpty ? ["arn:*:kms:*:*:key/*"] : created
        statements += [
            IAMStatement(
                id: "CreateWrapperKeys", actions: ["kms:CreateKey", "kms:TagResource"], resources: ["*"], conditions: []
            ),
            use("UseCreatedKeys", scope, reach, [tagged]), describe("DescribeCreatedKeys", reach, [tagged]),
        ]
        return statements
    }

    private func use(
        _ id: String, _ scope: Scope, _ resources: [String], _ conditions: [IAMStatement.Condition]
    ) -> IAMStatement {
        let making = dataKeys == .generated ? ["kms:GenerateDataKey"] : ["kms:Encrypt"]
        let replacing =
            scope == .operations && dataKeys == .generated ? ["kms:ReEncryptFrom", "kms:ReEncryptTo"] : []
        return IAMStatement(
            id: id, actions: ["kms:Decrypt"] + making + replacing, resources: resources,
            conditions: conditions + contextConditions)
    }

    private func describe(
        _ id: String, _ resources: [String], _ conditions: [IAMStatement.Condition]
    ) -> IAMStatement {
        IAMStatement(id: id, actions: ["kms:DescribeKey"], resources: resources, conditions: conditions)
    }

    /// No other vault's data keys, and nothing that was encrypted without the pairs of a vault.
    private var contextConditions: [IAMStatement.Condition] {
        let prefix = "kms:EncryptionContext:nodevault:"
        let ofVault = vault.map {
            IAMStatement.Condition(comparison: "StringEquals", key: prefix + "vault", values: [$0.description])
        }
        return [
            IAMStatement.Condition(comparison: "StringEquals", key: prefix + "format", values: ["1"]), ofVault,
        ].compactMap(\.self)
    }

    /// A multi-region key is named in every region, since its replicas have the same id.
    private static func resource(_ key: WrapperKeyID) -> String {
        var parts = key.rawValue.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if key.isMultiRegion, parts.count == 6 { parts[3] = "*" }
        return parts.joined(separator: ":")
    }

    /// All keys of the key's partition, region and account.
    private static func anyKeyBeside(_ key: WrapperKeyID) -> String? {
        let parts = key.rawValue.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6 ? parts[..<5].joined(separator: ":") + ":key/*" : nil
    }
}
