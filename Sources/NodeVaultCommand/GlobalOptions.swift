import ArgumentParser
import Foundation
import NodeVault

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Options that every command takes, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: ArgumentHelp("A configuration file (HOCON); later ones win.", valueName: "file"))
    var files: [String] = []

    @Option(
        name: .customShort("C"),
        help: ArgumentHelp("Overrides a key of the configuration; the first for a key wins.", valueName: "key=value"))
    var overrides: [String] = []

    @Option(help: ArgumentHelp("The node, where the files have several.", valueName: "kind.name"))
    var node: String?

    @Option(help: ArgumentHelp("Refuse a vault whose epoch is lower: an older copy of it.", valueName: "epoch"))
    var minimumEpoch: Int64?

    @Option(help: "How results are printed.")
    var format: OutputFormat = .text

    @OptionGroup var audit: AuditArguments

    /// The files given, or those of `NODEVAULT_CONFIG`, separated by commas.
    func configurationFiles() throws -> [String] {
        guard files.isEmpty else { return files }
        let named = ProcessInfo.processInfo.environment["NODEVAULT_CONFIG"] ?? ""
        let files = named.split(separator: ",").map(String.init)
        guard !files.isEmpty else {
            throw CommandError(
                code: "configuration", operation: "config", message: "no configuration file is named",
                hint: "give one by -c FILE or in NODEVAULT_CONFIG", exitStatus: .configuration)
        }
        return files
    }

    func nodeName() throws -> NodeName? {
        guard let node else { return nil }
        guard let name = NodeName(node) else {
            throw CommandError(
                code: "invalid-argument", operation: "config", message: "--node \(node) names no node",
                hint: "write participants.NAME, sequencers.NAME or mediators.NAME", exitStatus: .usage)
        }
        return name
    }

    /// For commands that open no vault.
    func refuseMinimumEpoch() throws {
        guard minimumEpoch != nil else { return }
        throw CommandError(
            code: "invalid-argument", operation: "config", message: "this command opens no vault that has an epoch",
            hint: "leave --minimum-epoch out", exitStatus: .usage)
    }

    /// Reads the configuration of the node.
    func load() throws -> VaultConfiguration {
        try VaultConfiguration.load(
            files: try configurationFiles(), overrides: overrides, node: try nodeName(),
            environment: ProcessInfo.processInfo.environment)
    }
}

/// A command with the global options.
protocol VaultAction {
    var options: GlobalOptions { get }
}
