import ArgumentParser
import Foundation
import HOCON
import NodeVault

/// `nodevault config check`
struct ConfigCheck: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says everything that is wrong with the configuration, at once.",
        discussion: """
            Example: nodevault -c participant1.conf config check

            Each finding comes with file, line and what to do. Without --node every node of the files is checked. Nothing but
            the configuration is looked at, with the audit log's flags and variables: no vault, no key file, no KMS. Ends
            with 78 when something is wrong.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try options.refuseMinimumEpoch()
        let check = ConfigurationCheck(
            files: try options.configurationFiles(), overrides: options.overrides, node: try options.nodeName(),
            environment: ProcessInfo.processInfo.environment, auditSettings: options.audit.settings,
            auditSink: StandardErrorAudit())
        try printResult(options, json: json(check), text: text(check))
        if !check.isPassed { throw ExitCode(CommandError.ExitStatus.configuration.rawValue) }
    }

    private func json(_ check: ConfigurationCheck) -> JSON {
        func list(_ severity: ConfigurationProblem.Severity) -> JSON {
            .array(
                check.problems.filter { $0.severity == severity }.map { problem in
                    // Line and column of an override, which is one line, say nothing.
                    let place = problem.origin.flatMap { $0.file == nil ? nil : $0 }
                    return .object([
                        ("origin", .optional(problem.origin?.description)), ("file", .optional(place?.file)),
                        ("line", number(place?.line)), ("column", number(place?.column)),
                        ("message", .string(problem.message)), ("hint", .string(problem.hint)),
                    ])
                })
        }
        return .object([
            ("valid", .boolean(check.isPassed)), ("nodes", .array(check.nodes.map { .string($0.description) })),
            ("errors", list(.error)), ("warnings", list(.warning)),
        ])
    }

    private func number(_ number: Int?) -> JSON { number.map { .integer(Int64($0)) } ?? .null }

    private func text(_ check: ConfigurationCheck) -> String {
        var lines = [String]()
        for problem in check.problems {
            lines.append("\(problem.severity.rawValue): \(printable(problem.description))")
            lines.append("  hint: \(printable(problem.hint))")
        }
        let nodes = check.nodes.map(\.description).joined(separator: ", ")
        let errors = check.problems.count { $0.severity == .error }
        lines.append(
            check.isPassed
                ? "\(printable(nodes)): nothing is wrong"
                : "\(errors == 1 ? "1 thing is" : "\(errors) things are") wrong; correct the configuration")
        return lines.joined(separator: "\n")
    }
}
