import ArgumentParser
import Foundation
import HOCON
import NodeVault

/// `nodevault config show`
struct ConfigShow: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints the node's resolved crypto section with the origin of each value.",
        discussion: """
            Example: nodevault -c participant1.conf config show

            Keys that are not written are shown with their default where they have a meaning. Values of keys that name a
            password, secret or token are not shown; --raw shows all of a file.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Resolve any HOCON file and print all of it as JSON.", valueName: "file"))
    var raw: String?

    func run() async throws {
        try options.refuseMinimumEpoch()
        if let raw { return try StandardOutput.write(try resolve(raw).json(isIndented: true)) }
        let configuration = try options.load()
        var tree = SettingTree(configuration.crypto)
        for setting in configuration.settings { tree.insert(setting.value, at: setting.key.path.elements[...]) }
        let settings = tree.leaves()
        let json = JSON.object([
            ("node", .string(configuration.node.description)), ("config", tree.json()),
            ("origins", .object(settings.map { ($0.path.description, .string($0.value.origin.description)) })),
        ])
        let lines = settings.map { path, value in
            printable("\(path) = \(SettingTree.shown(value, at: path, isIndented: false))    # \(value.origin)")
        }
        try printResult(
            options, json: json, text: (["# \(configuration.node)"] + lines).joined(separator: "\n"))
    }

    private func resolve(_ file: String) throws -> HOCONObject {
        var loader = HOCONLoader(environment: ProcessInfo.processInfo.environment)
        loader.files = [file]
        do { return try loader.load() } catch { throw VaultError(error) }
    }
}
