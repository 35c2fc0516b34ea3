import ArgumentParser
import HOCON
import KeyManagement
import NodeVault

/// `nodevault rewrap`
struct Rewrap: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Replaces the wrapping of every data key by one under another wrapper key; records are not touched.",
        discussion: """
            Without --to and --to-new-key, only wrappings under old key material of the same wrapper key are replaced.
            The node may go on working. Interrupted, it goes on when it is run again.
            Example: nodevault -c participant1.conf rewrap --to alias/participant1-2027
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("The wrapper key to go to: key id, key ARN, alias or alias ARN.", valueName: "key"))
    var to: String?

    @Flag(help: "Create the wrapper key to go to.")
    var toNewKey = false

    @Option(help: ArgumentHelp("Under the same wrapper key: wrappings older than this.", valueName: "duration"))
    var olderThan: String?

    @Flag(help: "Under the same wrapper key: all wrappings.")
    var all = false

    @Option(help: ArgumentHelp("How: auto, re-encrypt or unwrap-wrap.", valueName: "method"), transform: method)
    var method = RewrapMethod.auto

    @Flag(help: "Compare only the wrapper keys' names that the KMS answers, instead of unwrapping each new wrapping.")
    var noUnwrap = false

    @Option(help: "Wrapped keys in work at once, 1 to 64.")
    var jobs = 4

    @OptionGroup var job: JobArguments

    func validate() throws {
        guard to == nil || !toNewKey else { throw ValidationError("give --to or --to-new-key, not both") }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs goes from 1 to 64") }
        guard olderThan == nil || !all else { throw ValidationError("give --older-than or --all, not both") }
        guard to == nil && !toNewKey || olderThan == nil && !all else {
            throw ValidationError("--older-than and --all choose wrappings under the same wrapper key; leave --to out")
        }
        _ = try scope
    }

    func run() async throws {
        let vault = try OpenedVault(options)
        let (destination, scope) = (try destination(vault), try scope)
        let progress = JobProgress("rewrap", job.progress)
        let report = try await vault.withKeys { keys in
            try await keys.rewrap(to: destination, scope: scope, jobOptions) { progress.update($0, $1) }
        }
        try printResult(options, json: json(report), text: text(report))
        if !job.dryRun, let target = report.target, let pinned = vault.configuration.wrapperKey, pinned != target,
            destination != .currentKey
        {
            StandardError.write(
                "nodevault: warning: the configuration still pins \(pinned): set wrapper-key-id to \(target)")
        }
    }

    private static func method(_ text: String) throws -> RewrapMethod {
        guard let method = RewrapMethod(rawValue: text) else {
            throw ValidationError("--method is auto, re-encrypt or unwrap-wrap")
        }
        return method
    }

    private var jobOptions: JobOptions {
        var options = job.options
        options.concurrency = jobs
        options.method = method
        options.verifiesByUnwrap = !noUnwrap
        return options
    }

    private var scope: RewrapScope {
        get throws {
            guard let olderThan else { return all ? .all : .stale }
            let value = HOCONValue(.string(olderThan), origin: HOCONOrigin(.override("--older-than")))
            guard let age = try? value.duration(), age >= .zero else {
                throw ValidationError("--older-than is a duration such as 365d or 12h")
            }
            return .olderThan(age)
        }
    }

    private func destination(_ vault: OpenedVault) throws -> RewrapDestination {
        if toNewKey { return .newKey(vault.configuration.newWrapperKey) }
        guard let to else { return .currentKey }
        guard let key = WrapperKeyID(rawValue: to) else {
            throw ValidationError(
                "--to is no key id, key ARN, alias/NAME or alias ARN of 1 to 300 characters (INVALID_KMS_KEY_ID)")
        }
        return .key(key)
    }

    private func json(_ report: JobReport) -> JSON {
        .object(
            report.jsonFields + [
                ("method", .optional(report.method?.rawValue)), ("verifiedByUnwrap", .boolean(!noUnwrap)),
            ])
    }

    private func text(_ report: JobReport) -> String {
        let way = "\(report.source) to \(report.target?.rawValue ?? "a new wrapper key")"
        guard !report.isDryRun else {
            return "would rewrap \(report.total) wrapped keys from \(way), with \(report.kmsCalls) KMS calls; "
                + "nothing was changed"
        }
        return "rewrapped \(report.done) wrapped keys from \(way), with \(report.kmsCalls) KMS calls"
            + (noUnwrap ? "; only names were compared: nodevault verify unwraps every data key" : "")
    }
}
