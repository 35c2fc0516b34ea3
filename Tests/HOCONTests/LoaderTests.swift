import Foundation
import HOCON
import Testing

@Suite struct LoaderTests {
    @Test func `a later file wins over an earlier one and their objects merge`() throws {
        var loader = loader(["a.conf": "x = 1, o { p = 1, q = ${x} }", "b.conf": "x = 2, o.p = 3"])
        loader.files = ["a.conf", "b.conf"]
        #expect(try loader.load().json() == #"{"x":2,"o":{"p":3,"q":2}}"#)
    }

    @Test func `a non-object in a later file separates the objects around it`() throws {
        var loader = loader(["a.conf": "o.p = 1", "b.conf": "o = 1, o.q = 2"])
        loader.files = ["a.conf", "b.conf"]
        #expect(try loader.load().json() == #"{"o":{"q":2}}"#)
    }

    @Test func `a later file may build on an earlier file's value`() throws {
        var loader = loader(["a.conf": "l = [1]", "b.conf": "l = ${l} [2]", "c.conf": "l += 3"])
        loader.files = ["a.conf", "b.conf", "c.conf"]
        #expect(try loader.load().json() == #"{"l":[1,2,3]}"#)
    }

    @Test func `a file that does not exist is an error`() {
        var loader = loader([:])
        loader.files = ["none.conf"]
        #expect { try loader.load() } throws: {
            ($0 as? HOCONError)?.code == .fileNotFound && ($0 as? HOCONError)?.file == "none.conf"
        }
    }

    @Test func `an override wins over all files, and the first override of a key wins`() throws {
        var loader = loader(["a.conf": "a.b = 1, c = ${a.b}"])
        loader.files = ["a.conf"]
        loader.overrides = ["a.b=5m", "a.b=6m", "d=[1,${c}]", "o={x:1}", "o.x=2", "o.y=3"]
        #expect(try loader.load() == HOCONTests.load("a.b = 5m, c = 5m, o { x = 1, y = 3 }, d = [1, 5m]"))
    }

    @Test func `an override that is no assignment is refused and not repeated in the message`() throws {
        var loader = loader([:])
        loader.overrides = ["password hunter2"]
        #expect {
            try loader.load()
        } throws: { error in
            (error as? HOCONError)?.code == .syntax && !"\(error)".contains("hunter2")
        }
        loader.overrides = ["db.password=hunter2@"]
        #expect {
            try loader.load()
        } throws: { error in
            "\(error)".hasPrefix("override db.password: the character '@'") && !"\(error)".contains("hunter2")
        }
    }

    @Test func `origins name the file and line of keys and values`() throws {
        var loader = loader(
            ["a.conf": "x = 1\no {\n  key\n    = value }", "b.conf": "y = ${HOME}\n\nz = ${x}"],
            environment: ["HOME": "h"])
        loader.files = ["a.conf", "b.conf"]
        loader.overrides = ["w.v=2"]
        let root = try loader.load()
        let inner = try root.object("o")
        #expect(inner.field("key")?.keyOrigin.description == "a.conf:3")
        #expect(inner["key"]?.origin.description == "a.conf:4")
        #expect(inner["key"]?.origin.column == 7)
        #expect(root["y"]?.origin.description == "environment variable HOME")
        #expect(root["y"]?.origin.source == .environment("HOME"))
        #expect(root.field("y")?.keyOrigin.description == "b.conf:1")
        #expect(root["z"]?.origin.description == "a.conf:1")
        #expect(try root.object("w")["v"]?.origin.description == "override w.v")
        #expect(try root.object("w")["v"]?.origin.source == .override("w.v"))
    }

    @Test func `the origin of a key assigned twice is the later one`() throws {
        var loader = loader(["a.conf": "x = 1", "b.conf": "\nx = 2"])
        loader.files = ["a.conf", "b.conf"]
        #expect(try loader.load().field("x")?.keyOrigin.description == "b.conf:2")
    }

    @Test func `files are read from disk by default`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "hocon-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let padding = String(repeating: "# padding\n", count: 20_000)
        try Data("include \"b\"\n\(padding)a = 1".utf8).write(to: directory.appending(path: "a.conf"))
        try Data("b = 2".utf8).write(to: directory.appending(path: "b.conf"))
        var loader = HOCONLoader()
        loader.files = [directory.appending(path: "a.conf").path]
        #expect(try loader.load().json() == #"{"b":2,"a":1}"#)
        loader.files = [directory.path]
        #expect { try loader.load() } throws: { ($0 as? HOCONError)?.code == .fileUnreadable }
        loader.files = [directory.appending(path: "c.conf").path]
        #expect { try loader.load() } throws: { ($0 as? HOCONError)?.code == .fileNotFound }
    }

    @Test func `errors are equal when their codes are, and describe themselves with their place`() throws {
        let error = try #require(failure("a = 1\nb = @"))
        #expect(error == HOCONError(.syntax, at: nil, "other"))
        #expect(error != HOCONError(.missing, at: nil, "other"))
        #expect(
            error.description
                == "test:2:5: the character '@' is reserved and cannot stand outside quotes; put the text into quotes")
        #expect(HOCONError(.missing, at: nil, "nothing").description == "nothing")
        #expect(
            HOCONError(.missing, at: HOCONOrigin(.environment("X")), "nothing").description
                == "environment variable X: nothing")
    }

    @Test func `printed JSON escapes what it must and can be indented`() throws {
        let object = try load(#"a = "\"\\\n\u0001é", b = [1, {}], c = []"#)
        #expect(object.json() == #"{"a":"\"\\\n\u0001é","b":[1,{}],"c":[]}"#)
        #expect(
            object.json(isIndented: true)
                == "{\n  \"a\": \"\\\"\\\\\\n\\u0001é\",\n  \"b\": [\n    1,\n    {}\n  ],\n  \"c\": []\n}")
        #expect(object["b"]?.json() == "[1,{}]")
    }
}
