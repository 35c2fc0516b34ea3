import ArgumentParser
import EnvelopeCrypto
import KeyManagement
import NodeVault

/// `nodevault rewrap`
struct Rewrap: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Replaces the wrapping of every data key by one under another wrapper key; records are not touched.",
        discussion: """
            Without --to and --to-new-key, only wrappings under old key material of the same wrapper key are replaced.
            Interrupted, it goes on when it is run again.
            Example: nodevault -c participant1.conf rewrap --to alias/participant1-2027
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("The wrapper key to go to: key id, key ARN, alias or alias ARN.", valueName: "key"))
    var to: String?

    @Flag(help: "Create the wrapper key to go to.")
    var toNewKey = false

    @Flag(help: "Show what would be done, and change nothing.")
    var dryRun = false

    @Option(help: "Wrapped keys in work at once, 1 to 64.")
    var jobs = 4

    func validate() throws {
        guard to == nil || !toNewKey else { throw ValidationError("give --to or --to-new-key, not both") }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs goes from 1 to 64") }
    }

    func run() async throws {
        let vault = try OpenedVault(options)
        let destination = try destination(vault)
        let bar = ProgressBar("rewrap")
        let report = try await vault.withKeys { keys in
            try await keys.rewrap(to: destination, isDryRun: dryRun, concurrency: jobs) { bar.update($0, $1) }
        }
        try printResult(options, json: json(report), text: text(report))
        if !dryRun, let target = report.target, let pinned = vault.configuration.wrapperKey, pinned != target,
            destination != .currentKey
        {
            StandardError.write(
                "nodevault: warning: the configuration still pins \(pinned): set wrapper-key-id to \(target)")
        }
    }

    private func destination(_ vault: OpenedVault) throws -> RewrapDestination {
        if toNewKey { return .newKey(vault.configuration.newWrapperKey) }
        guard let to else { return .currentKey }
        guard let key = WrapperKeyID(rawValue: to) else {
            throw ValidationError("--to is no key id, key ARN, alias/NAME or alias ARN of 1 to 300 characters")
        }
        return .key(key)
    }

    private func json(_ report: RewrapReport) -> JSON {
        .object([
            ("jobId", .optional(report.jobID?.description)), ("kind", .string("rewrap")),
            ("from", .string(report.source.rawValue)), ("to", .optional(report.target?.rawValue)),
            ("total", .integer(Int64(report.total))), ("done", .integer(Int64(report.done))),
            ("kmsCalls", .integer(Int64(report.kmsCalls))), ("dryRun", .boolean(report.isDryRun)),
        ])
    }

    private func text(_ report: RewrapReport) -> String {
        let target = report.target?.rawValue ?? "a new wrapper key"
        guard !report.isDryRun else {
            return "would rewrap \(report.total) wrapped keys from \(report.source) to \(target), "
                + "with \(report.kmsCalls) KMS calls; nothing was changed"
        }
        return
            "rewrapped \(report.done) wrapped keys from \(report.source) to \(target), with \(report.kmsCalls) KMS calls"
    }
}
