import ArgumentParser
import EnvelopeCrypto
import NodeVault
import SecretMemory

/// `nodevault status`
struct Status: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Shows what lies under which wrapper key, without calling the KMS.",
        discussion: "What is shown is what the file says: nodevault verify authenticates it.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vault = try OpenedVault(options)
        let tier = try vault.prepareSecretMemory()
        let census = try await vault.inspector().census()
        try printResult(options, json: json(census, tier), text: text(census, tier, vault))
    }

    private func json(_ census: Census, _ tier: MemoryTier) -> JSON {
        .object([
            ("vaultId", .string(census.vaultID.description)), ("node", .string(census.node)),
            ("wrapperKey", .optional(census.wrapperKey)), ("createdWrapperKey", .boolean(census.createdWrapperKey)),
            ("schema", .integer(Int64(census.schema))), ("records", .integer(Int64(census.records))),
            ("clearRecords", .integer(Int64(census.clearRecords))),
            ("dataKeys", .array(census.dataKeys.map(json))), ("jobs", .array(census.jobs.map(json))),
            ("memoryTier", .string(tier.rawValue)),
            ("processAllocators", .string(KeyStore.processAllocators.rawValue)), ("epoch", .integer(census.epoch)),
            ("copiesSetAside", .array(census.copiesSetAside.map(JSON.string))),
        ])
    }

    private func json(_ key: Census.DataKeyEntry) -> JSON {
        .object([
            ("id", .string(key.id.description)), ("wrapperKey", .string(key.wrapperKey)),
            ("keyMaterialId", .optional(key.keyMaterialID)), ("state", .string(key.state.rawValue)),
            ("records", .integer(Int64(key.records))), ("createdAt", .string(iso8601(key.createdAtMicroseconds))),
            ("rewrappedAt", .optional(key.rewrappedAtMicroseconds.map(iso8601))),
        ])
    }

    private func json(_ job: Census.Job) -> JSON {
        .object([
            ("id", .string(job.id.description)), ("kind", .string(job.kind)), ("state", .string(job.state)),
            ("done", .integer(Int64(job.done))), ("total", .integer(Int64(job.total))),
            ("from", .optional(job.source)), ("to", .optional(job.target)),
        ])
    }

    private func text(_ census: Census, _ tier: MemoryTier, _ vault: OpenedVault) -> String {
        var lines = [
            "vault        \(census.vaultID) of \(printable(census.node))",
            "file         \(vault.configuration.vaultPath), schema \(census.schema), epoch \(census.epoch)",
            "wrapper key  \(census.wrapperKey.map(printable) ?? "none: this vault is clear, its keys lie unencrypted")",
            "records      \(census.records) sealed, \(census.clearRecords) clear",
            "memory       \(tier.rawValue), process allocators: \(KeyStore.processAllocators.rawValue)",
        ]
        for key in census.dataKeys {
            lines.append(
                "data key     \(key.id)  \(key.state.rawValue)  \(key.records) records  under \(printable(key.wrapperKey))"
            )
        }
        for job in census.jobs {
            lines.append("job          \(job.id)  \(job.kind)  \(job.state)  \(job.done)/\(job.total)")
        }
        lines += census.copiesSetAside.map { "set aside    \(printable($0)): it holds the same keys" }
        return lines.joined(separator: "\n")
    }
}
