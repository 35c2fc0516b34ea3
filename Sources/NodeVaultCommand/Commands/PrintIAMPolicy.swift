import AWSKMS
import ArgumentParser
import KeyManagement
import NodeVault

/// Whom a policy is for.
enum PolicyRole: String, ExpressibleByArgument, CaseIterable {
    case node
    case `operator`

    var scope: IAMPolicy.Scope { self == .node ? .node : .operations }
}

/// `nodevault iam-policy`
struct PrintIAMPolicy: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "iam-policy",
        abstract: "Prints the least-privilege IAM policy of the vault as JSON, without calling the KMS.",
        discussion: """
            Before the vault is made the policy covers init; print it again afterwards, when it names the vault.
            Example: nodevault -c participant1.conf iam-policy --role node > policy.json
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: "For a node alone, or for whoever runs any command.")
    var role = PolicyRole.operator

    @Flag(help: "Canton's own permissions, which suffice with data-keys.source = local.")
    var canton = false

    @Option(help: ArgumentHelp("One more wrapper key, which a rewrap is to go to.", valueName: "key-arn"))
    var rewrapTo: [String] = []

    @Option(
        help: ArgumentHelp(
            "Statements for the wrapper key's own policy, for a role or user of another account.",
            valueName: "principal-arn"))
    var keyPolicy: String?

    func run() async throws {
        let vault = try OpenedVault(options)
        guard vault.configuration.service?.aws != nil else {
            throw CommandError(
                code: "configuration", operation: "iam-policy", message: "the node's KMS is not AWS KMS",
                hint: "only AWS KMS has policies; set kms.region", exitStatus: .configuration)
        }
        let statements = try await policy(of: vault).statements(for: role.scope)
        guard let principal = keyPolicy else { return try write(statements.map { document($0, principal: nil) }) }
        // CreateKey is about no key, so that no key's policy can allow it.
        try write(statements.filter { $0.resources != ["*"] }.map { document($0, principal: principal) })
    }

    private func policy(of vault: OpenedVault) async throws -> IAMPolicy {
        let census = try await existing(vault)
        let named = vault.configuration.wrapperKey
        let inVault = census.map { [$0.wrapperKey].compactMap(\.self) + $0.dataKeys.map(\.wrapperKey) } ?? []
        let others = [named?.rawValue].compactMap(\.self) + rewrapTo
        let keys = Set(inVault + others).sorted().compactMap(WrapperKeyID.init(rawValue:))
        let isLocalSource = vault.configuration.options.dataKeySource == .local
        return IAMPolicy(
            wrapperKeys: keys.filter { $0.isARN && !$0.isAlias && !$0.isLocal }, vault: census?.vaultID,
            dataKeys: canton || isLocalSource ? .wrapped : .generated, createsKeys: true,
            asksForPinnedKey: named.map { !$0.isARN } ?? false)
    }

    /// Nil before the vault is made.
    private func existing(_ vault: OpenedVault) async throws -> Census? {
        do { return try await vault.inspector().census() } catch let error as VaultError {
            guard error.code.rawValue == "vault-missing" else { throw error }
            return nil
        }
    }

    private func write(_ statements: [JSON]) throws {
        try StandardOutput.write(
            JSON.object([("Version", .string(IAMPolicy.languageVersion)), ("Statement", .array(statements))]).text)
    }

    private func document(_ statement: IAMStatement, principal: String?) -> JSON {
        var fields: [(String, JSON)] = [("Sid", .string(statement.id)), ("Effect", .string("Allow"))]
        if let principal { fields.append(("Principal", .object([("AWS", .string(principal))]))) }
        fields.append(("Action", .array(statement.actions.map(JSON.string))))
        // In a key's policy the key itself is meant.
        fields.append(("Resource", .array((principal == nil ? statement.resources : ["*"]).map(JSON.string))))
        if !statement.conditions.isEmpty { fields.append(("Condition", conditions(statement.conditions))) }
        return .object(fields)
    }

    private func conditions(_ conditions: [IAMStatement.Condition]) -> JSON {
        let comparisons = conditions.map(\.comparison)
        let unique = comparisons.enumerated().filter { comparisons.firstIndex(of: $1) == $0 }.map(\.element)
        return .object(
            unique.map { comparison in
                let ofOne = conditions.filter { $0.comparison == comparison }
                return (comparison, .object(ofOne.map { ($0.key, .array($0.values.map(JSON.string))) }))
            })
    }
}
