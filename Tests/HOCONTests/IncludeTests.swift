import HOCON
import Testing

@Suite struct IncludeTests {
    private func json(_ files: [String: String], environment: [String: String] = [:]) throws(HOCONError) -> String {
        var loader = loader(files, environment: environment)
        loader.files = ["/etc/main.conf"]
        return try loader.load().json()
    }

    private func failure(_ files: [String: String]) -> HOCONError? {
        do throws(HOCONError) {
            _ = try json(files)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "include \"sub/b.conf\"", "include file(\"sub/b.conf\")", "include required(\"sub/b.conf\")",
        "include required(file(\"sub/b.conf\"))", "include \n \"/etc/sub/b.conf\"",
        "include required( file( \"sub/b.conf\" ) )",
        "include \"sub/b\"", "include\"sub/b.conf\"", "include required(\n\"sub/b.conf\"\n)",
    ])
    func `a file is found beside the including file in every form`(_ statement: String) throws {
        #expect(
            try json(["/etc/main.conf": "a = 1\n\(statement)\nc = 3", "/etc/sub/b.conf": "b = 2"])
                == #"{"a":1,"b":2,"c":3}"#)
    }

    @Test func `includes nest, each relative to its own file`() throws {
        let files = [
            "/etc/main.conf": "include \"x/one\"", "/etc/x/one.conf": "include \"y/two.conf\", one = 1",
            "/etc/x/y/two.conf": "include \"../../three.conf\", two = 2", "/etc/three.conf": "three = 3",
        ]
        #expect(try json(files) == #"{"three":3,"two":2,"one":1}"#)
    }

    @Test func `an included value overrides what stands before the include and gives way to what follows`() throws {
        #expect(
            try json(["/etc/main.conf": "a = 1, b = 1\ninclude \"i.conf\"\nb = 3", "/etc/i.conf": "a = 2, b = 2"])
                == #"{"a":2,"b":3}"#)
    }

    @Test func `a basename stands for its JSON and HOCON files, HOCON last`() throws {
        #expect(
            try json(["/etc/main.conf": "include \"i\"", "/etc/i.json": "{\"a\":1,\"b\":1}", "/etc/i.conf": "b = 2"])
                == #"{"a":1,"b":2}"#)
        #expect(try json(["/etc/main.conf": "include \"i.hocon\"", "/etc/i.hocon": "a = 1"]) == #"{"a":1}"#)
    }

    @Test func `a missing file counts as empty unless it is required`() throws {
        #expect(try json(["/etc/main.conf": "include \"none.conf\"\na = 1"]) == #"{"a":1}"#)
        let error = failure(["/etc/main.conf": "a = 1\n include required(\"none.conf\")"])
        #expect(error?.place == "2:2 file-not-found")
        #expect(error?.file == "/etc/main.conf")
    }

    @Test func `substitutions in an included file see its place first and the root second`() throws {
        let files = [
            "/etc/main.conf": "y = root\na { include \"i.conf\" }\na.x = 42",
            "/etc/i.conf": "x = 10, p = ${x}, q = ${y}, r = ${?HOME}",
        ]
        #expect(try json(files, environment: ["HOME": "h"]) == #"{"y":"root","a":{"x":42,"p":42,"q":"root","r":"h"}}"#)
    }

    @Test func `an include inside a list works while the file has no substitutions`() throws {
        #expect(
            try json(["/etc/main.conf": "l = [{ include \"i.conf\" }]", "/etc/i.conf": "x = 1"]) == #"{"l":[{"x":1}]}"#)
        let error = failure(["/etc/main.conf": "l = [{ include \"i.conf\" }]", "/etc/i.conf": "x = ${y}"])
        #expect(error?.place == "1:5 syntax")
        #expect(error?.file == "/etc/i.conf")
    }

    @Test func `appending inside an included file extends the list of its place`() throws {
        #expect(
            try json(["/etc/main.conf": "a.l = [1]\na { include \"i.conf\" }", "/etc/i.conf": "l += 2"])
                == #"{"a":{"l":[1,2]}}"#)
    }

    @Test(arguments: [
        "include url(\"http://localhost/x.conf\")", "include classpath(\"x.conf\")",
        "include required(url(\"file:/x.conf\"))",
        "include \"https://localhost/x.conf\"", "include \"x.properties\"", "include required(classpath(\"x\"))",
    ])
    func `addresses, classpath resources and properties files are refused`(_ statement: String) {
        #expect(failure(["/etc/main.conf": statement])?.place == "1:1 unsupported-include")
    }

    @Test(arguments: [
        "include x", "include = 1", "include", "include { a = 1 }", "include file (\"x\")", "include file(x)",
        "include file(\"x\"",
        "include required(required(\"x\"))", "include file(required(\"x\"))", "include package(\"x\")",
        "include \"x\" \"y\"", "include ${x}",
        "include \"x\")", "include file(\"x\"))",
    ])
    func `a malformed include is refused`(_ statement: String) {
        #expect(failure(["/etc/main.conf": statement])?.code == .syntax)
    }

    @Test func `the word include is special only as the unquoted beginning of a key`() throws {
        #expect(
            try json(["/etc/main.conf": "foo include = 1, \"include\" = 2, a = include, l = [include], include.x = 3"])
                == #"{"foo include":1,"include":{"x":3},"a":"include","l":["include"]}"#)
    }

    @Test func `an included list and an included syntax error are refused in their own file`() {
        let error = failure(["/etc/main.conf": "include \"i.conf\"", "/etc/i.conf": "\n[1]"])
        #expect(error?.place == "2:1 syntax")
        #expect(error?.file == "/etc/i.conf")
    }

    @Test func `a file that includes itself is refused with the chain`() {
        let error = failure([
            "/etc/main.conf": "include \"b.conf\"", "/etc/b.conf": "x = 1\ninclude \"./../etc/main.conf\"",
        ])
        #expect(error?.code == .includeLoop)
        #expect(error?.file == "/etc/b.conf")
        #expect(error?.line == 2)
        #expect(error?.message.contains("/etc/main.conf → /etc/b.conf → /etc/main.conf") == true)
    }

    @Test func `the same file may be included twice in a row`() throws {
        #expect(
            try json([
                "/etc/main.conf": "a { include \"i.conf\" }\nb { include \"i.conf\" }",
                "/etc/i.conf": "x = 1, y = ${x}",
            ])
                == #"{"a":{"x":1,"y":1},"b":{"x":1,"y":1}}"#)
    }

    @Test func `a text without a directory refuses relative includes`() {
        #expect(HOCONTests.failure("include \"x.conf\"")?.code == .unsupportedInclude)
    }

    @Test func `a text with a directory includes from there`() throws {
        let loader = loader(["/etc/i.conf": "x = 1"])
        #expect(
            try loader.load(text: Array("include \"i.conf\"".utf8), name: "t", directory: "/etc").json() == #"{"x":1}"#)
    }

    @Test func `file() is looked for beside the including file first and then in the working directory`() throws {
        #expect(
            try json(["/etc/main.conf": "include file(\"i.conf\")", "/etc/i.conf": "x = 1", "i.conf": "x = 2"])
                == #"{"x":1}"#)
        #expect(try json(["/etc/main.conf": "include file(\"i.conf\")", "i.conf": "x = 2"]) == #"{"x":2}"#)
        #expect(try json(["/etc/main.conf": "include \"i.conf\"", "i.conf": "x = 2"]) == "{}")
    }
}
