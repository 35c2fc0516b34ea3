import Foundation
import HOCON
import KMSConformance

@testable import NodeVault

/// A folder with a configuration file.
struct ConfigurationFixture {
    let folder: TemporaryFolder
    let file: String

    init(_ text: String, folder: TemporaryFolder? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
        file = self.folder.file("node.conf")
        try write(text)
    }

    /// A node on LocalKMS, with these lines in its `crypto`.
    init(crypto lines: String...) throws { try self.init(Self.local(lines)) }

    func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }

    /// Replaces the lines in `crypto`.
    func write(crypto lines: String...) throws { try write(Self.local(lines)) }

    func load(
        _ overrides: String..., node: NodeName? = nil, environment: [String: String] = [:]
    ) throws(VaultError) -> VaultConfiguration {
        try VaultConfiguration.load(files: [file], overrides: overrides, node: node, environment: environment)
    }

    func check(_ overrides: String..., node: NodeName? = nil, environment: [String: String] = [:]) -> ConfigurationCheck
    {
        ConfigurationCheck(files: [file], overrides: overrides, node: node, environment: environment)
    }

    /// The names of the files in the folder.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() } }

    /// The lines of a file in the folder; none where there is no file.
    func lines(_ name: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder.file(name)) else { return [] }
        return String(decoding: try folder.read(name), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func local(_ lines: [String]) -> String {
        let given = lines.joined(separator: "\n")
        return """
            canton.participants.p.crypto {
            kms.type = local
            private-key-store.encryption.type = kms
            \(given)
            }
            """
    }
}

extension VaultConfiguration {
    /// The value in force of a key, as JSON; nil where there is none.
    func shown(_ key: String) -> String? { settings.first { $0.key.description == key }?.value.json() }

    /// Where the value of a key is written.
    func origin(_ key: String) -> String? { settings.first { $0.key.description == key }?.value.origin.description }
}
