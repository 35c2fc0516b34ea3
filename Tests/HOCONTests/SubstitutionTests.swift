import HOCON
import Testing

@Suite struct SubstitutionTests {
    @Test func `a substitution keeps the type of what it names`() throws {
        #expect(
            try json("a = ${n}, b = ${l}, c = ${o}, d = ${z}\nn = 1.50, l = [1], o { p = q }, z = null")
                == #"{"a":1.50,"b":[1],"c":{"p":"q"},"d":null,"n":1.50,"l":[1],"o":{"p":"q"},"z":null}"#)
    }

    @Test func `a substitution sees the last assignment, even a later one`() throws {
        #expect(try json("a = ${b}, b = 1, b = 2") == #"{"a":2,"b":2}"#)
        #expect(
            try json("crypto = ${_shared.crypto}\n_shared.crypto.kms.type = aws")
                == #"{"crypto":{"kms":{"type":"aws"}},"_shared":{"crypto":{"kms":{"type":"aws"}}}}"#)
    }

    @Test func `a path leads through quoted keys and through other substitutions`() throws {
        #expect(try json(#"a = ${ b."c.d" }, b."c.d" = 1"#) == #"{"a":1,"b":{"c.d":1}}"#)
        #expect(
            try json("a = ${b.c.d}, b = ${x}, x.c = ${y}, y.d = 1")
                == #"{"a":1,"b":{"c":{"d":1}},"x":{"c":{"d":1}},"y":{"d":1}}"#)
    }

    @Test func `a required substitution that names nothing is an error at its place`() {
        let error = failure("a = 1\nb = x ${c.d}")
        #expect(error?.place == "2:7 unresolved-substitution")
        #expect(error?.message.contains("${c.d}") == true)
    }

    @Test func `an optional substitution that names nothing leaves out its field or element`() throws {
        #expect(try json("a = ${?x}, b = [1, ${?x}, 2], c = 1, c = ${?x}") == #"{"b":[1,2],"c":1}"#)
    }

    @Test(arguments: [
        "a = ${", "a = ${}", "a = ${b", "a = ${b c", "a = ${b\n}", "a = ${ ?b}", "a = ${b=c}", "a = ${b[}",
        "a = ${b[1]}", "a = ${${b}}",
    ])
    func `a malformed substitution is refused`(_ text: String) {
        #expect(failure(text)?.code == .syntax)
    }

    @Test func `a substitution inside quotes is text`() throws {
        #expect(try json(##"a = "${b}", c = """${d}""""##) == ##"{"a":"${b}","c":"${d}"}"##)
    }

    @Test func `a hidden substitution is not evaluated`() throws {
        #expect(try json("a = ${missing}, a = 42") == #"{"a":42}"#)
        #expect(try json("a = ${a}, a = [1]") == #"{"a":[1]}"#)
    }

    @Test func `a field that refers to itself sees its earlier value`() throws {
        #expect(try json(#"path = "a:b", path = ${path}":c", path = ${path}":d""#) == #"{"path":"a:b:c:d"}"#)
        #expect(try json("a = [1], a = ${a} [2]") == #"{"a":[1,2]}"#)
        #expect(try json("a { b = 1 }, a = ${a} { c = 2 }") == #"{"a":{"b":1,"c":2}}"#)
        #expect(try json("foo : { a : { c : 1 } }\nfoo : ${foo.a}\nfoo : { a : 2 }") == #"{"foo":{"a":2,"c":1}}"#)
    }

    @Test func `a field that refers to itself through others sees its earlier value`() throws {
        #expect(try json("a = 1, b = ${a}, a = ${b}2") == #"{"a":"12","b":1}"#)
        #expect(try json("b = ${a}, a = 1, a = ${b}2") == #"{"b":1,"a":"12"}"#)
        #expect(try json("a = 1, b = 2, a = ${b}, b = ${a}") == #"{"a":1,"b":1}"#)
    }

    @Test func `an optional reference to itself stands for nothing`() throws {
        #expect(try json("a = ${?a}foo") == #"{"a":"foo"}"#)
        #expect(try json("a = ${?a}, b = 1") == #"{"b":1}"#)
        #expect(try json("a { b = ${?a} }") == #"{"a":{}}"#)
    }

    @Test func `an object may refer to its own fields, with their final values`() throws {
        #expect(try json("bar : { foo : 42, baz : ${bar.foo} }\nbar : { foo : 43 }") == #"{"bar":{"foo":43,"baz":43}}"#)
        #expect(
            try json("bar : { a : ${foo.d}, b : 1 }\nbar.b = 3\nfoo : { c : ${bar.b}, d : 2 }\nfoo.d = 4")
                == #"{"bar":{"a":4,"b":3},"foo":{"c":3,"d":4}}"#)
        #expect(
            try json("east = ${base} { name = e, label = ${east.name} }, base { size = 6 }")
                == #"{"east":{"size":6,"name":"e","label":"e"},"base":{"size":6}}"#)
    }

    @Test(arguments: [
        "a = ${a}", "a = ${a}bc", "bar = ${foo}, foo = ${bar}", "a = ${b}, b = ${c}, c = ${a}", "a { b = ${a} }",
        "a = [${a}]",
        "a = [1], a = [${a}]", "a = ${a}, a { b = 1 }", "a { b { y = 1 } ${a} }", "a = ${b} x, b = y ${a}",
        "a = [[${b}]], b = ${a} [2]", "a = [{ x = ${b} }], b = ${a} [2]",
    ])
    func `a cycle that no earlier value breaks is an error`(_ text: String) throws {
        let error = try #require(failure(text))
        #expect([.substitutionCycle, .unresolvedSubstitution].contains(error.code), "\(error)")
        #expect(error.line == 1)
    }

    @Test func `appending begins a list, extends it, and refuses what is no list`() throws {
        #expect(try json("a += 1, a += [2], a += { b = 3 }") == #"{"a":[1,[2],{"b":3}]}"#)
        #expect(try json("a = [1], a += ${x}, x = 2") == #"{"a":[1,2],"x":2}"#)
        #expect(try json("a = ${x}, a += 2, x = [1]") == #"{"a":[1,2],"x":[1]}"#)
        #expect(try json("base.list = [0], a = ${base}, a.list += 1") == #"{"base":{"list":[0]},"a":{"list":[0,1]}}"#)
        #expect(try json("l = [{ a += 1, a += 2 }]") == #"{"l":[{"a":[1,2]}]}"#)
        #expect(failure("a = 1\na += 2")?.place == "2:6 concatenation")
    }

    @Test func `the environment is asked last, and gives texts`() throws {
        let environment = ["HOME": "/root", "PORT": "80", "EMPTY": "", "a.b": "dotted"]
        #expect(try json("x = ${HOME}/f", environment: environment) == #"{"x":"/root/f"}"#)
        #expect(try json("x = ${PORT}, y = ${?EMPTY}, z = ${?NONE}", environment: environment) == #"{"x":"80","y":""}"#)
        #expect(try json("HOME = here, x = ${HOME}", environment: environment) == #"{"HOME":"here","x":"here"}"#)
        #expect(try json("HOME = null, x = ${HOME}", environment: environment) == #"{"HOME":null,"x":null}"#)
        #expect(try json("x = ${a.b}", environment: environment) == #"{"x":"dotted"}"#)
        #expect(failure("x = ${HOME}")?.code == .unresolvedSubstitution)
    }

    @Test func `a list is taken from numbered environment variables`() throws {
        let environment = ["X_0": "a", "X_1": "b", "X_3": "d"]
        #expect(
            try json("x = ${X[]}, y = [z] ${?X[]}", environment: environment) == #"{"x":["a","b"],"y":["z","a","b"]}"#)
        #expect(try json("x = ${?Y[]}, z = 1", environment: environment) == #"{"z":1}"#)
        #expect(try json("Y = [1], x = ${Y[]}", environment: environment) == #"{"Y":[1],"x":[1]}"#)
        #expect(failure("x = ${Y[]}", environment: environment)?.code == .unresolvedSubstitution)
    }

    @Test func `a substituted object merges with what is assigned before and after`() throws {
        #expect(
            try json("a { x = 1, y = 1 }, a = ${b}, a { z = 3 }, b { y = 2, z = 2 }")
                == #"{"a":{"x":1,"y":2,"z":3},"b":{"y":2,"z":2}}"#)
        #expect(try json("b = 1, b { x = 1 }, a { y = 2 }, a = ${b}") == #"{"b":{"x":1},"a":{"y":2,"x":1}}"#)
    }
}
