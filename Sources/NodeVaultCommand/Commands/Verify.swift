import ArgumentParser
import NodeVault

/// `nodevault verify`
struct Verify: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        abstract: "Checks every row's code and the head, unwraps every data key, and opens every record.")

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Derive every public key anew from its private key, too.")
    var deep = false

    func run() async throws {
        let bar = ProgressBar("verify")
        // What a check at open would refuse is what this command is to tell.
        let found = try await OpenedVault(options).withKeys(checkingRows: false) { keys in
            try await keys.verify(deep: deep) { bar.update($0, $1) }
        }
        try printResult(options, json: json(found), text: text(found))
        if !found.isPassed { throw ExitCode(CommandError.ExitStatus.doesNotVerify.rawValue) }
    }

    private func json(_ found: Verification) -> JSON {
        func list(_ failures: [Verification.Failure], _ subject: String) -> JSON {
            .array(failures.map { .object([(subject, .string($0.subject)), ("error", .string($0.error))]) })
        }
        return .object([
            ("records", .integer(Int64(found.records))), ("failed", list(found.failedRecords, "keyId")),
            ("failedDataKeys", list(found.failedDataKeys, "dataKeyId")), ("forgedRows", list(found.forgedRows, "row")),
            ("matchesHead", .boolean(found.matchesHead)), ("structureSound", .boolean(found.isStructureSound)),
        ])
    }

    private func text(_ found: Verification) -> String {
        var lines = [String]()
        for failure in found.failedRecords { lines.append("key \(printable(failure.subject)): \(failure.error)") }
        for failure in found.failedDataKeys { lines.append("data key \(failure.subject): \(failure.error)") }
        for failure in found.forgedRows { lines.append("row \(printable(failure.subject)): \(failure.error)") }
        if !found.matchesHead {
            lines.append(
                "the rows do not fit the head: one was removed, added again, changed or replaced by an older one")
        }
        if !found.isStructureSound { lines.append("tables and indexes of the database do not fit each other") }
        lines.append(
            found.isPassed
                ? "verified \(found.records) records: all open\(deep ? ", every public key is its private key's" : "")"
                : "verified \(found.records) records: the vault does NOT verify; restore a backup")
        return lines.joined(separator: "\n")
    }
}
