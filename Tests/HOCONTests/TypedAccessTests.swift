import HOCON
import Testing

@Suite struct TypedAccessTests {
    private func code<Result>(_ body: () throws(HOCONError) -> Result) -> HOCONError.Code? {
        do throws(HOCONError) {
            _ = try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `strings come from texts, numbers and booleans`() throws {
        let root = try load("a = x, b = 1.50, c = true, d = [1], e = null, f {}")
        #expect(try root.string("a") == "x")
        #expect(try root.string("b") == "1.50")
        #expect(try root.string("c") == "true")
        for path in ["d", "f"] as [HOCONPath] {
            #expect(code { () throws(HOCONError) in try root.string(path) } == .wrongType)
        }
    }

    @Test func `a missing value and null are missing, not of the wrong type`() throws {
        let root = try load("a.b = 1, n = null")
        for path in ["x", "a.x", "a.x.y", "n", "n.x"] as [HOCONPath] {
            #expect(code { () throws(HOCONError) in try root.string(path) } == .missing, "\(path)")
            #expect(try root.stringIfPresent(path) == nil)
        }
        #expect(code { () throws(HOCONError) in try root.string("a.b.c") } == .wrongType)
        #expect(code { () throws(HOCONError) in try root.stringIfPresent("a.b.c") } == .wrongType)
        #expect(try root.value(at: "n") == HOCONValue(.null, origin: HOCONOrigin(.text(""))))
        #expect(try root.value(at: "x") == nil)
    }

    @Test(arguments: [
        ("true", true), ("yes", true), ("on", true), ("\"on\"", true), ("false", false), ("no", false), ("off", false),
    ])
    func `booleans are written in six ways`(_ text: String, value: Bool) throws {
        #expect(try load("a = \(text)").boolean("a") == value)
    }

    @Test(arguments: [
        ("TRUE", HOCONError.Code.badValue), ("1", .wrongType), ("enabled", .badValue), ("[]", .wrongType),
    ])
    func `other words are no booleans`(_ text: String, code expected: HOCONError.Code) throws {
        let root = try load("a = \(text)")
        #expect(code { () throws(HOCONError) in try root.boolean("a") } == expected)
    }

    @Test(arguments: [
        ("42", 42), ("-7", -7), ("\"42\"", 42), ("1e3", 1000), ("2.0", 2), ("9223372036854775807", Int.max), ("007", 7),
    ])
    func `whole numbers`(_ text: String, value: Int) throws {
        #expect(try load("a = \(text)").integer("a") == value)
    }

    @Test(arguments: [
        ("1.5", HOCONError.Code.badValue), ("9223372036854775808", .badValue), ("x", .badValue), ("true", .wrongType),
        ("+5", .syntax), ("\"+5\"", .badValue), ("\"\"", .badValue), ("0x10", .badValue),
    ])
    func `what is no whole number is refused`(_ text: String, code expected: HOCONError.Code) throws {
        #expect(code { () throws(HOCONError) in try load("a = \(text)").integer("a") } == expected)
    }

    @Test func `fractions`() throws {
        #expect(try load("a = 1.5e2").double("a") == 150)
        #expect(try load("a = \"5.\"").double("a") == 5)
        #expect(code { () throws(HOCONError) in try load("a = 1e999").double("a") } == .badValue)
        #expect(code { () throws(HOCONError) in try load("a = nan").double("a") } == .badValue)
    }

    @Test(arguments: [
        ("5m", Duration.seconds(300)), ("10 seconds", .seconds(10)), ("40.seconds", .seconds(40)),
        ("500", .milliseconds(500)),
        ("500 ms", .milliseconds(500)), ("\" 2 h \"", .seconds(7200)), ("1.5h", .seconds(5400)),
        ("3 d", .seconds(259_200)), ("7ns", .nanoseconds(7)),
        ("1 micro", .microseconds(1)), ("9 nanos", .nanoseconds(9)), ("1 minute", .seconds(60)), ("0", .zero),
        ("-1 s", .seconds(-1)), ("0.5", .microseconds(500)),
        ("106751 days", .seconds(106_751 * 86_400)), ("2 milliseconds", .milliseconds(2)), ("1us", .microseconds(1)),
    ])
    func `durations`(_ text: String, value: Duration) throws {
        #expect(try load("a = \(text)").duration("a") == value)
    }

    @Test(arguments: [
        ("5 parsecs", HOCONError.Code.badValue), ("5 M", .badValue), ("s", .badValue), ("\"\"", .badValue),
        ("5 5 s", .badValue), ("300 y", .badValue), ("200000 days", .badValue), ("1e30 s", .badValue),
        ("true", .wrongType), ("[]", .wrongType),
    ])
    func `what is no duration is refused`(_ text: String, code expected: HOCONError.Code) throws {
        #expect(code { () throws(HOCONError) in try load("a = \(text)").duration("a") } == expected)
    }

    @Test(arguments: [
        ("7", HOCONPeriod(days: 7)), ("2w", .init(days: 14)), ("3 months", .init(months: 3)), ("1m", .init(months: 1)),
        ("4 mo", .init(months: 4)), ("1y", .init(years: 1)), ("5 days", .init(days: 5)),
    ])
    func `periods`(_ text: String, value: HOCONPeriod) throws {
        #expect(try load("a = \(text)").period("a") == value)
    }

    @Test(arguments: ["1.5 d", "1 h", "x", "9223372036854775807 w"])
    func `what is no period is refused`(_ text: String) throws {
        #expect(code { () throws(HOCONError) in try load("a = \(text)").period("a") } == .badValue)
    }

    @Test(arguments: [
        ("512", 512), ("512 B", 512), ("1 byte", 1), ("64 KiB", 65_536), ("64k", 65_536), ("64 K", 65_536),
        ("2 Ki", 2048), ("10MB", 10_000_000), ("10 kB", 10_000),
        ("3 megabytes", 3_000_000), ("3 mebibytes", 3 << 20), ("1.5G", 3 << 29), ("1 g", 1 << 30), ("7 EiB", 7 << 60),
        ("1 exabyte", 1_000_000_000_000_000_000),
        ("1 tebibyte", 1 << 40), ("2 PB", 2_000_000_000_000_000),
    ])
    func `sizes in bytes`(_ text: String, value: Int) throws {
        #expect(try load("a = \(text)").sizeInBytes("a") == value)
    }

    @Test(arguments: ["8 EiB", "1 zettabyte", "1 YiB", "-1", "1 KB", "5 kb", "1 parsec", "\"\""])
    func `what is no size is refused`(_ text: String) throws {
        #expect(code { () throws(HOCONError) in try load("a = \(text)").sizeInBytes("a") } == .badValue)
    }

    @Test func `lists come from lists and from objects with numeric keys`() throws {
        let root = try load("a = [1, x], b { 10 = c, 2 = b, 0 = a, x = y }, c {}, d = 1, e { x = 1 }")
        #expect(try root.strings("a") == ["1", "x"])
        #expect(try root.strings("b") == ["a", "b", "c"])
        for path in ["c", "d", "e"] as [HOCONPath] {
            #expect(code { () throws(HOCONError) in try root.list(path) } == .wrongType)
        }
        #expect(code { () throws(HOCONError) in try load("a = [[]]").strings("a") } == .wrongType)
    }

    @Test func `objects come from objects only`() throws {
        let root = try load("a { b = 1 }, c = [1]")
        #expect(try root.object("a").keys == ["b"])
        #expect(code { () throws(HOCONError) in try root.object("c") } == .wrongType)
    }

    @Test func `the optional accessors give values, nil, and errors`() throws {
        let root = try load("t = true, n = 1, d = 1.5, s = 5s, k = 1k, l = [x], o {}, p = 1d, bad = []")
        #expect(try root.booleanIfPresent("t") == true)
        #expect(try root.integerIfPresent("n") == 1)
        #expect(try root.doubleIfPresent("d") == 1.5)
        #expect(try root.durationIfPresent("s") == .seconds(5))
        #expect(try root.sizeInBytesIfPresent("k") == 1024)
        #expect(try root.listIfPresent("l")?.count == 1)
        #expect(try root.stringsIfPresent("l") == ["x"])
        #expect(try root.objectIfPresent("o")?.isEmpty == true)
        #expect(try root.periodIfPresent("p") == HOCONPeriod(days: 1))
        #expect(try root.booleanIfPresent("x") == nil)
        #expect(try root.integerIfPresent("x") == nil)
        #expect(try root.durationIfPresent("x") == nil)
        #expect(code { () throws(HOCONError) in try root.booleanIfPresent("bad") } == .wrongType)
    }

    @Test func `a message shows place, path, expectation and value, but no value of a secret key`() throws {
        let root = try load("\na.timeout = 5 parsecs\na.db.password = 5 parsecs\na.Api-Token.x = 5 parsecs")
        #expect { try root.duration("a.timeout") } throws: {
            "\($0)"
                == "test:2:13: expected a duration such as 500 ms, 10 seconds or 5m at a.timeout, found \"5 parsecs\""
        }
        #expect { try root.duration("a.db.password") } throws: {
            "\($0)".contains("a.db.password") && !"\($0)".contains("parsecs")
        }
        #expect { try root.duration("a.Api-Token.x") } throws: { !"\($0)".contains("parsecs") }
        #expect { try root.string("a.missing") } throws: {
            "\($0)" == "test:4:1: expected a value at a.missing, found none; add it"
        }
    }

    @Test func `paths are read as in files and written back`() throws {
        #expect(("a.\"b.c\".d e" as HOCONPath).elements == ["a", "b.c", "d e"])
        #expect(("a.\"b.c\".d e" as HOCONPath).description == "a.\"b.c\".\"d e\"")
        #expect(HOCONPath(["a", ""]).description == "a.\"\"")
        #expect(("a" as HOCONPath).appending("b.c") == HOCONPath(["a", "b.c"]))
        for text in ["", "a..b", "a=b", "a\nb", "${a}", "a b }"] {
            #expect(code { () throws(HOCONError) in try HOCONPath(parsing: text) } == .syntax, "\(text)")
        }
    }

    @Test func `values are equal when their data are, in any order of keys`() throws {
        #expect(try load("a = 1, b { c = [x] }") == load("b.c = [ \"x\" ]\n\na = 1"))
        #expect(try load("a = 1") != load("a = 2"))
        #expect(try load("a = 1") != load("a = \"1\""))
        #expect(try load("a = 1") != load("a = 1, b = 2"))
    }

    @Test(arguments: ["db.password", "a.client-secret.value", "session-token", "private-key", "Passphrase"])
    func `a key that names a secret is known as one`(text: String) throws {
        #expect(try HOCONPath(parsing: text).looksSecret)
    }

    @Test(arguments: ["private-key-store.encryption.type", "kms.passphrase-file", "wrapper-key-id", "kms.region"])
    func `the place of a secret is none`(text: String) throws {
        #expect(try !HOCONPath(parsing: text).looksSecret)
    }
}
