import HOCON
import Testing

@Suite struct CollectingTests {
    private static func loader(_ text: String) -> HOCONLoader {
        var loader = HOCONLoader(environment: ["GIVEN": "x"]) { _, _ in Array(text.utf8) }
        loader.files = ["a.conf"]
        return loader
    }

    @Test func `every substitution that stands for nothing is told, and left out`() throws {
        let text = "a = ${NONE}\nb = ${GIVEN}\nc = pre${GONE}\nd = [1, ${c.x}, 2]\ne = ${?OPTIONAL}\nf = ${a}\n"
        var unresolved: [HOCONError] = []
        let root = try Self.loader(text).load(collecting: &unresolved)
        #expect(Set(unresolved.compactMap(\.line)) == [1, 3, 4, 6])
        #expect(unresolved.allSatisfy { $0 == HOCONError(.unresolvedSubstitution, at: nil, "") })
        #expect(root["a"] == nil && root["f"] == nil)
        #expect(try root.string("b") == "x")
        #expect(try root.list("d").count == 2)
        #expect(throws: HOCONError(.unresolvedSubstitution, at: nil, "")) { try Self.loader(text).load() }
    }

    @Test func `anything else that is wrong is thrown`() throws {
        var unresolved: [HOCONError] = []
        #expect(throws: HOCONError(.substitutionCycle, at: nil, "")) {
            _ = try Self.loader("a = ${NONE}\nb = ${b}").load(collecting: &unresolved)
        }
        #expect(throws: HOCONError(.syntax, at: nil, "")) {
            _ = try Self.loader("a = {").load(collecting: &unresolved)
        }
    }
}
