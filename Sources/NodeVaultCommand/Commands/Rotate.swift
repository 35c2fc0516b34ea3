import ArgumentParser
import NodeVault

/// `nodevault rotate`
struct Rotate: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Makes new data keys, seals every record anew under them, and deletes the old ones.",
        discussion: """
            The node may go on working. Interrupted, it goes on when it is run again.
            Example: nodevault -c participant1.conf rotate
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var job: JobArguments

    func run() async throws {
        let progress = JobProgress("rotate", job.progress)
        let report = try await OpenedVault(options).withKeys { keys in
            try await keys.rotateDataKeys(job.options) { progress.update($0, $1) }
        }
        try printResult(options, json: .object(report.jsonFields), text: text(report))
    }

    private func text(_ report: JobReport) -> String {
        guard !report.isDryRun else {
            return "would seal \(report.total) records anew under new data keys, with \(report.kmsCalls) KMS calls; "
                + "nothing was changed"
        }
        return "sealed \(report.done) records anew under new data keys, with \(report.kmsCalls) KMS calls"
    }
}
