import ArgumentParser
import EnvelopeCrypto
import KeyManagement
import NodeVault

/// Arguments that every job takes.
struct JobArguments: ParsableArguments {
    @Flag(help: "Show what would be done, and change nothing; permissions are tried by calls that are dropped.")
    var dryRun = false

    @Option(help: ArgumentHelp("The most KMS calls in a second.", valueName: "calls"))
    var rate: Int?

    @Option(help: ArgumentHelp("How to tell how far it is: auto, json or off.", valueName: "form"))
    var progress = ProgressStyle.auto

    func validate() throws {
        guard rate.map({ $0 >= 1 }) ?? true else { throw ValidationError("--rate is 1 or more") }
    }

    var options: JobOptions {
        var options = JobOptions()
        options.isDryRun = dryRun
        options.callsPerSecond = rate
        return options
    }
}

extension JobReport {
    /// The fields that all jobs print.
    var jsonFields: [(String, JSON)] {
        [
            ("jobId", .optional(jobID?.description)), ("kind", .string(kind.rawValue)),
            ("from", .string(source.rawValue)), ("to", .optional(target?.rawValue)), ("total", .integer(Int64(total))),
            ("done", .integer(Int64(done))), ("kmsCalls", .integer(Int64(kmsCalls))), ("dryRun", .boolean(isDryRun)),
        ]
    }
}
