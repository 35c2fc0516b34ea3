import ArgumentParser
import Foundation
import HOCON
import NodeVault

/// `nodevault config`
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the resolved configuration.", subcommands: [ConfigShow.self])

    @OptionGroup var options: GlobalOptions
}

/// `nodevault config show`
struct ConfigShow: AsyncParsableCommand, VaultAction {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints the node's resolved crypto section with the origin of each value.",
        discussion: "Values of keys that name a password, secret or token are not shown; --raw shows all of a file.")

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Resolve any HOCON file and print all of it as JSON.", valueName: "file"))
    var raw: String?

    func run() async throws {
        try options.refuseMinimumEpoch()
        if let raw { return try StandardOutput.write(try resolve(raw).json(isIndented: true)) }
        let configuration = try options.load()
        var fields: [(path: HOCONPath, value: HOCONValue)] = []
        flatten(configuration.crypto, at: [], into: &fields)
        let json = JSON.object([
            ("node", .string(configuration.node.description)),
            ("config", redacted(configuration.crypto, at: [])),
            ("origins", .object(fields.map { ($0.path.description, .string($0.value.origin.description)) })),
        ])
        let lines = fields.map { path, value in
            "\(path) = \(path.looksSecret ? Self.placeholder : value.json())    # \(value.origin)"
        }
        try printResult(
            options, json: json, text: (["# \(configuration.node)"] + lines).joined(separator: "\n"))
    }

    private static let placeholder = "\"** redacted **\""

    private func resolve(_ file: String) throws -> HOCONObject {
        var loader = HOCONLoader(environment: ProcessInfo.processInfo.environment)
        loader.files = [file]
        do { return try loader.load() } catch { throw VaultError(error) }
    }

    private func flatten(
        _ object: HOCONObject, at prefix: [String], into fields: inout [(path: HOCONPath, value: HOCONValue)]
    ) {
        for field in object.fields {
            let here = prefix + [field.key]
            if case .object(let inner) = field.value.content, !inner.isEmpty {
                flatten(inner, at: here, into: &fields)
            } else {
                fields.append((HOCONPath(here), field.value))
            }
        }
    }

    private func redacted(_ object: HOCONObject, at prefix: [String]) -> JSON {
        .object(
            object.fields.map { field in
                let here = prefix + [field.key]
                if HOCONPath(here).looksSecret { return (field.key, .verbatim(Self.placeholder)) }
                guard case .object(let inner) = field.value.content else {
                    return (field.key, .verbatim(field.value.json(isIndented: true)))
                }
                return (field.key, redacted(inner, at: here))
            })
    }
}
