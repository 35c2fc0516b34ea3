import HOCON
import Testing

@Suite struct ConcatenationTests {
    @Test func `words keep the space between them`() throws {
        #expect(try json("a =  foo   bar  # c") == #"{"a":"foo   bar"}"#)
        #expect(try json(#"a = foo "bar baz"  1.50 true null"#) == #"{"a":"foo bar baz  1.50 true null"}"#)
    }

    @Test func `quoted texts that touch are joined`() throws {
        #expect(try json(#"a = "x""y"z"#) == #"{"a":"xyz"}"#)
    }

    @Test func `a concatenation ends with the line`() throws {
        #expect(try json("a = [x\ny z]") == #"{"a":["x","y z"]}"#)
    }

    @Test func `one value keeps its type and several make a text`() throws {
        #expect(try json("a = 1, b = 1 2, c = true, d = true false") == #"{"a":1,"b":"1 2","c":true,"d":"true false"}"#)
    }

    @Test func `lists that stand side by side become one`() throws {
        #expect(try json("a = [1, 2] [3]\nb = [[1] [2], [3]]") == #"{"a":[1,2,3],"b":[[1,2],[3]]}"#)
    }

    @Test func `objects that stand side by side merge`() throws {
        #expect(try json("a = { b = 1, c = 2 } { b = 3 }") == #"{"a":{"b":3,"c":2}}"#)
    }

    @Test func `an object with numeric keys beside a list counts as a list`() throws {
        #expect(try json(#"a = { "1" = y, "0" = x, z = 1 } [w]"#) == #"{"a":["x","y","w"]}"#)
        #expect(try json(#"a = [w] { "7" = x }"#) == #"{"a":["w","x"]}"#)
        #expect(failure("a = [w] { x = 1 }")?.code == .concatenation)
    }

    @Test(arguments: ["a = [1] x", "a = {b = 1} x", "a = x [1]", "a = 1 {b = 1}", "a = [1] null", "a = {} []"])
    func `lists, objects and texts do not mix`(_ text: String) {
        #expect(failure(text)?.code == .concatenation)
    }

    @Test func `substitutions join to a text, a list or an object`() throws {
        #expect(try json("x = 1, y = b, a = ${x} and ${y}") == #"{"x":1,"y":"b","a":"1 and b"}"#)
        #expect(try json("x = [1], y = [2], a = ${x} ${y}") == #"{"x":[1],"y":[2],"a":[1,2]}"#)
        #expect(try json("x { p = 1 }, a = ${x} { q = 2 }") == #"{"x":{"p":1},"a":{"p":1,"q":2}}"#)
        #expect(failure("x = [1], a = ${x} y")?.code == .concatenation)
        #expect(failure("x = [1], y = [2], a = ${x} \" \" ${y}")?.code == .concatenation)
    }

    @Test func `an undefined piece is empty, and alone it leaves the field out`() throws {
        #expect(try json("a = ${?x} b") == #"{"a":" b"}"#)
        #expect(try json("a = ${?x} [1], b = [2] ${?x}, c = ${?x} {d = 1}") == #"{"a":[1],"b":[2],"c":{"d":1}}"#)
        #expect(try json("a = ${?x}${?y}, b = 1") == #"{"b":1}"#)
        #expect(try json("y = [1], a = ${?x} ${y}") == #"{"y":[1],"a":[1]}"#)
    }
}
