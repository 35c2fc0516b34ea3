import Foundation
import Testing

@testable import NodeVault

/// `docs/configuration.md` against the code.
@Suite struct ConfigurationPageTests {
    private struct Row {
        let key, type, `default`, unit, reload, meaning: String
    }

    /// The rows of the table of keys.
    private static func rows() throws -> [Row] {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/configuration.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(
            lines.firstIndex { $0.hasPrefix("| key under `crypto` | type | default | unit | reload |") })
        return try lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == 6, "\(line)")
            return Row(
                key: cells[0], type: cells[1], default: cells[2], unit: cells[3], reload: cells[4], meaning: cells[5])
        }
    }

    @Test func `the page lists the keys that the code reads, in the same order`() throws {
        #expect(try Self.rows().map(\.key) == ConfigurationKey.all.map { "`\($0)`" })
    }

    @Test func `each key's type, default, unit and reload are the code's`() throws {
        for (row, key) in zip(try Self.rows(), ConfigurationKey.all) {
            let type =
                if case .choice(let words) = key.type { words.map { "`\($0)`" }.joined(separator: " or ") } else {
                    key.type.description
                }
            #expect(row.type == type, "\(key)")
            #expect(row.unit == key.type.unit ?? "", "\(key)")
            #expect(row.reload == (key.isReloadable ? "yes" : ""), "\(key)")
            #expect(!row.meaning.isEmpty, "\(key)")
            if let text = key.defaultText {
                #expect(row.default == "`\(text)`", "\(key)")
            } else {
                #expect(row.default == "none" || row.default.hasPrefix("none: "), "\(key)")
            }
        }
    }

    @Test func `each key is named once`() {
        #expect(Set(ConfigurationKey.all.map(\.description)).count == ConfigurationKey.all.count)
    }
}
