import HOCON
import Testing

@Suite struct KeyTests {
    @Test func `a dotted key is a path`() throws {
        #expect(try json("a.b.c = 1, a.b.d = 2") == #"{"a":{"b":{"c":1,"d":2}}}"#)
    }

    @Test func `dots inside quotes do not separate`() throws {
        #expect(try json(#"a."b.c".d = 1, "x.y" = 2"#) == #"{"a":{"b.c":{"d":1}},"x.y":2}"#)
    }

    @Test func `numbers in keys are split at their dots and joined to what touches them`() throws {
        #expect(
            try json(#"3.14 = 1, 10.0foo = 2, foo"10.0" = 3, 1.2.3 = 4, true = 5"#)
                == #"{"3":{"14":1},"10":{"0foo":2},"foo10.0":3,"1":{"2":{"3":4}},"true":5}"#)
    }

    @Test func `space inside a key belongs to it, space around it does not`() throws {
        #expect(try json("  a b  c : 1, d \"e\" f = 2") == #"{"a b  c":1,"d e f":2}"#)
        #expect(try json("a . b = 1") == #"{"a ":{" b":1}}"#)
    }

    @Test func `an empty path element must be quoted`() throws {
        #expect(try json(#"a."".b = 1, "" = 2"#) == #"{"a":{"":{"b":1}},"":2}"#)
        for text in ["a..b = 1", ".a = 1", "a. = 1", ". = 1"] { #expect(failure(text)?.code == .syntax, "\(text)") }
    }

    @Test func `a substitution in a key is refused`() {
        #expect(failure("${a} = 1")?.place == "1:1 syntax")
        #expect(failure("a${b} = 1")?.place == "1:2 syntax")
    }

    @Test func `a later value replaces an earlier one`() throws {
        #expect(try json("a = 1, a = [2], a = 3") == #"{"a":3}"#)
    }

    @Test func `objects under the same key merge`() throws {
        #expect(try json("a { b = 1, c { d = 2 } }\na { b = 3, c { e = 4 } }") == #"{"a":{"b":3,"c":{"d":2,"e":4}}}"#)
    }

    @Test func `a value between two objects keeps them apart`() throws {
        #expect(try json("a { b = 1 }, a = null, a { c = 2 }") == #"{"a":{"c":2}}"#)
        #expect(try json("a.b = 1, a = 2, a.c = 3") == #"{"a":{"c":3}}"#)
    }

    @Test func `keys keep the order of their first appearance`() throws {
        #expect(try load("z = 1, a = 2, m = 3, a = 4").keys == ["z", "a", "m"])
    }

    @Test func `keys that look alike but differ in bytes are different`() throws {
        #expect(try load("\"\u{E9}\" = 1, \"e\u{301}\" = 2").keys.count == 2)
        let many = (0..<20).map { "k\($0) = \($0)" }.joined(separator: "\n")
        #expect(try load(many + "\n\"\u{E9}\" = 1, \"e\u{301}\" = 2").keys.count == 22)
    }

    @Test func `a large object finds each of its keys`() throws {
        let text = (0..<300).map { "key\($0) = \($0)" }.joined(separator: "\n") + "\nkey7 = seven"
        let object = try load(text)
        #expect(object.keys.count == 300)
        #expect(try object.string("key7") == "seven")
        #expect(try object.integer("key299") == 299)
        #expect(object["key300"] == nil)
    }
}
