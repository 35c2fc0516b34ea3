import Foundation
import HOCON
import Testing

/// One file of the corpus: `NAME.conf` with the JSON it stands for in `NAME.json`, or with `FILE:LINE:COLUMN CODE` in `NAME.error`.
struct CorpusCase: CustomTestStringConvertible, Sendable {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    let name: String

    var testDescription: String { name }

    /// All cases, by name. Files under a folder `included` belong to other cases.
    static let all: [CorpusCase] = {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".conf") && !$0.contains("/included/") }.sorted()
            .map { CorpusCase(name: String($0.dropLast(5))) }
    }()

    static let environment: [String: String] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "environment.json")) else { return [:] }
        return (try? JSONDecoder().decode([String: String].self, from: data)) ?? [:]
    }()

    /// What a file next to the case says, without the last newline; nil when there is none.
    func expectation(_ suffix: String) -> String? {
        let file = CorpusCase.folder.appending(path: name + suffix)
        guard let data = try? Data(contentsOf: file) else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// What loading the case comes to, in the words of its expectation.
    func outcome() -> String {
        let file = CorpusCase.folder.appending(path: name + ".conf").path
        var loader = HOCONLoader(environment: CorpusCase.environment)
        loader.files = [file]
        do throws(HOCONError) {
            return try loader.load().json()
        } catch {
            let directory = URL(filePath: file).deletingLastPathComponent().path
            let shown = error.file.map { $0.replacing(directory + "/", with: "") } ?? "?"
            return "\(shown):\(error.line ?? 0):\(error.column ?? 0) \(error.code)"
        }
    }
}

@Suite struct CorpusTests {
    @Test func `the corpus is there, and every case has one expectation`() {
        #expect(CorpusCase.all.count >= 150)
        #expect(CorpusCase.environment["CORPUS_PORT"] == "5432")
        for item in CorpusCase.all {
            #expect((item.expectation(".json") == nil) != (item.expectation(".error") == nil), "\(item.name)")
        }
    }

    @Test(arguments: CorpusCase.all)
    func `a file of the corpus loads as expected`(_ item: CorpusCase) {
        #expect(item.outcome() == item.expectation(".json") ?? item.expectation(".error"))
    }
}
