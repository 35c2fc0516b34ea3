import Foundation
import Migrations
import Testing

@Suite struct MigrationFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Migrations")

    @Test func `every file of the folder is embedded, in order and without a gap, and nothing else is`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }.sorted()
        let embedded: [Migration] = .all
        #expect(embedded.map(\.name) == names)
        #expect(embedded.map(\.version) == Array(1...Int64(names.count)))
        for migration in embedded {
            let file = Self.folder.appending(path: migration.name + ".sql")
            #expect(try migration.sql == String(contentsOf: file, encoding: .utf8))
            let number = String(migration.version)
            #expect(migration.name.hasPrefix("V" + String(repeating: "0", count: 4 - number.count) + number + "_"))
        }
    }
}
