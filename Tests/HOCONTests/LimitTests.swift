import HOCON
import Testing

@Suite struct LimitTests {
    private func code(_ text: String, _ change: (inout HOCONLimits) -> Void = { _ in }) -> HOCONError.Code? {
        var loader = HOCONLoader()
        change(&loader.limits)
        do throws(HOCONError) {
            _ = try loader.load(text: Array(text.utf8), name: "test")
            return nil
        } catch {
            return error.code
        }
    }

    private func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    @Test func `nesting up to the limit is read and beyond it refused`() {
        #expect(code("a = " + repeated("[", 256) + repeated("]", 256)) == nil)
        #expect(code("a = " + repeated("[", 257) + repeated("]", 257)) == .limitExceeded)
        #expect(code(repeated("a {", 256) + repeated("}", 256)) == nil)
        #expect(code(repeated("a {", 257) + repeated("}", 257)) == .limitExceeded)
    }

    @Test func `a hundred thousand brackets, braces and path elements do not exhaust the stack`() {
        #expect(code("a = " + repeated("[", 100_000)) == .limitExceeded)
        #expect(code(repeated("a {", 100_000)) == .limitExceeded)
        #expect(code(repeated("a.", 100_000) + "a = 1") == .limitExceeded)
        #expect(code("a = " + repeated("${b} ", 100_000)) == .unresolvedSubstitution)
        #expect(code("a = ${" + repeated("b.", 100_000) + "b}") == .unresolvedSubstitution)
    }

    @Test func `a chain of substitutions up to the limit is resolved and beyond it refused`() {
        func chain(_ length: Int) -> String {
            (0..<length).map { "a\($0) = ${a\($0 + 1)}" }.joined(separator: "\n") + "\na\(length) = 1"
        }
        #expect(code(chain(200)) == nil)
        #expect(code(chain(100_000)) == .limitExceeded)
    }

    @Test func `nesting through substitutions is bounded too`() {
        let text = (0..<1_000).map { "a\($0) { x = ${a\($0 + 1)} }" }.joined(separator: "\n") + "\na1000 = 1"
        #expect(code(text) == .limitExceeded)
        let backwards = "a0 { x = 1 }\n" + (1..<1_000).map { "a\($0) { x = ${a\($0 - 1)} }" }.joined(separator: "\n")
        #expect(code(backwards) == .limitExceeded)
    }

    @Test(arguments: ["[${X}, ${X}]", "{ p = ${X}, q = ${X} }", "${X} ${X}", "${X}${X}"])
    func `doubling again and again ends in an error`(_ doubled: String) {
        for start in ["[1]", "text", "{ y = 1 }"] {
            var text = "a0 = \(start)\n"
            for level in 1...60 {
                text += "a\(level) = " + doubled.replacing("X", with: "a\(level - 1)") + "\n"
            }
            let code = code(text) { $0.maximumExpansion = 200_000 }
            let mergesToItself = start.hasPrefix("{") && doubled.hasPrefix("$")
            #expect(code == (mergesToItself ? nil : .limitExceeded), "\(start) \(doubled)")
        }
    }

    @Test func `merging one large object many times ends in an error`() {
        let object = "b {" + (0..<2_000).map { "k\($0) = \($0)" }.joined(separator: ",") + "}\n"
        #expect(code(object + "a = " + repeated("${b} ", 2_000)) { $0.maximumExpansion = 1_000_000 } == .limitExceeded)
        #expect(code(object + "a = " + repeated("${b} ", 20)) { $0.maximumExpansion = 1_000_000 } == nil)
    }

    @Test func `a long stack of assignments to one key is resolved`() throws {
        #expect(try load(repeated("a += 1\n", 20_000)).list("a").count == 20_000)
        #expect(try load("a = x\n" + repeated("a = ${a}y\n", 1_000)).string("a").count == 1_001)
    }

    @Test func `the size of all texts together is bounded`() {
        #expect(code("a = 12") { $0.maximumSizeInBytes = 6 } == nil)
        #expect(code("a = 123") { $0.maximumSizeInBytes = 6 } == .limitExceeded)
    }

    @Test func `includes are bounded in depth and number`() {
        var files: [String: String] = ["/0.conf": "include \"1\""]
        for level in 1...60 { files["/\(level).conf"] = "include \"\(level + 1)\"" }
        var deep = loader(files)
        deep.files = ["/0.conf"]
        #expect { try deep.load() } throws: { ($0 as? HOCONError)?.code == .limitExceeded }

        for level in 0...40 {
            files["/\(level).conf"] = "a { include \"\(level + 1)\" }\nb { include \"\(level + 1)\" }"
        }
        var wide = loader(files)
        wide.files = ["/0.conf"]
        #expect { try wide.load() } throws: { ($0 as? HOCONError)?.code == .limitExceeded }
    }
}
