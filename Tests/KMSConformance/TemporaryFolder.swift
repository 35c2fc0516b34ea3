import Foundation

/// A folder of one test, removed with everything in it when the value goes away.
package final class TemporaryFolder: Sendable {
    /// Its absolute path.
    package let path: String

    /// Makes a folder that nobody else can enter.
    package init() throws {
        path = FileManager.default.temporaryDirectory.path + "/nodevault-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        // A database that is being closed removes files of its own, and then the removal of the folder stops half-way.
        for _ in 0..<10 where (try? FileManager.default.removeItem(atPath: path)) == nil {}
    }

    /// The path of a file in it.
    package func file(_ name: String) -> String { path + "/" + name }

    /// The content of a file in it.
    package func read(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: file(name)))) }

    /// Writes a file with mode 0600, in place of what was there.
    package func write(_ bytes: [UInt8], to name: String, mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: file(name))
        guard
            FileManager.default.createFile(
                atPath: file(name), contents: Data(bytes), attributes: [.posixPermissions: mode])
        else { throw CocoaError(.fileWriteUnknown) }
    }
}
