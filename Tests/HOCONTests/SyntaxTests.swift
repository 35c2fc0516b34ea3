import HOCON
import Testing

@Suite struct SyntaxTests {
    @Test func `comments begin with a hash or two slashes and end with the line`() throws {
        #expect(try json("# one\na = 1 // two\nb = 2 # three") == #"{"a":1,"b":2}"#)
    }

    @Test func `a comment sign inside quotes is text`() throws {
        #expect(try json(##"a = "x # y // z""##) == ##"{"a":"x # y // z"}"##)
    }

    @Test func `two slashes end an unquoted text and one does not`() throws {
        #expect(try json("a = alias/x//comment") == #"{"a":"alias/x"}"#)
    }

    @Test func `the root braces may be omitted`() throws {
        #expect(try json("{a = 1}") == #"{"a":1}"#)
        #expect(try json("a = 1") == #"{"a":1}"#)
        #expect(try json("") == "{}")
    }

    @Test(arguments: [
        ("{a = 1", "1:7 syntax"), ("a = 1}", "1:6 syntax"), ("{a = 1} b = 2", "1:9 syntax"), ("[1]", "1:1 syntax"),
    ])
    func `unbalanced braces, trailing text and a list at the root are refused`(_ text: String, place: String) {
        #expect(failure(text)?.place == place)
    }

    @Test func `a key is followed by an equals sign, a colon or a brace`() throws {
        #expect(try json("a = 1, b : 2, c { d = 3 }, e = { f = 4 }") == #"{"a":1,"b":2,"c":{"d":3},"e":{"f":4}}"#)
        #expect(failure("a 1")?.place == "1:4 syntax")
    }

    @Test func `the separator and the value may stand on the next line`() throws {
        #expect(try json("a\n=\n1\nb\n{ c = 2 }") == #"{"a":1,"b":{"c":2}}"#)
    }

    @Test func `a newline separates like a comma, and one comma may trail`() throws {
        #expect(try json("a = [1\n2\n\n3\n,4,\n]\nb = {\nc = 1\n,\nd = 2,}") == #"{"a":[1,2,3,4],"b":{"c":1,"d":2}}"#)
    }

    @Test(arguments: ["a = [1,,2]", "a = [,1]", "a = [1,,]", "a = 1,, b = 2", ", a = 1", "a = {,}"])
    func `two commas in a row and a leading comma are refused`(_ text: String) {
        #expect(failure(text)?.code == .syntax)
    }

    @Test func `a missing value is refused where it should be`() {
        #expect(failure("a =\n}")?.place == "2:1 syntax")
        #expect(failure("a = ")?.place == "1:5 syntax")
    }

    @Test func `unicode spaces and the byte order mark are white space`() throws {
        #expect(
            try json("\u{FEFF}a\u{A0}=\u{2003}1\u{3000}\u{2028}\n\u{1680}b\u{205F}=\u{202F}2\u{2009}")
                == #"{"a":1,"b":2}"#)
        #expect(try json("a = x\u{1C}\u{0B}\u{0C}\r\nb = y\r") == #"{"a":"x","b":"y"}"#)
    }

    @Test func `a character that only resembles a space is text`() throws {
        #expect(try json("a = x\u{200B}y") == "{\"a\":\"x\u{200B}y\"}")
    }

    @Test(arguments: ["!", "@", "*", "&", "^", "?", "`", "\\", "$", "+"])
    func `reserved characters are refused outside quotes with their place`(_ character: String) throws {
        let error = failure("key = ab\(character)c")
        #expect(error?.place == "1:9 syntax")
        #expect(error?.message.contains("'\(character)'") == true)
        if character != "\\" { #expect(try json("key = \"ab\(character)c\"") == "{\"key\":\"ab\(character)c\"}") }
    }

    @Test func `booleans and null are recognised as whole values only`() throws {
        #expect(
            try json("a = true, b = false, c = null, d = truefoo, e = true x, f = footrue")
                == #"{"a":true,"b":false,"c":null,"d":"truefoo","e":"true x","f":"footrue"}"#)
    }

    @Test func `a number keeps its digits`() throws {
        let object = try load("a = 1.50\nb = 1e+5\nc = -0\nd = 123456789012345678901234567890")
        #expect(object["a"]?.content.number == "1.50")
        #expect(object["b"]?.content.number == "1e+5")
        #expect(object["c"]?.content.number == "-0")
        #expect(object["d"]?.content.number == "123456789012345678901234567890")
    }

    @Test(arguments: ["1.2.3", "-", "1e", "0x10", "10.0bar", ".5", "1-2", "5m", "-x"])
    func `what only begins like a number is text`(_ text: String) throws {
        #expect(try json("a = \(text)") == "{\"a\":\"\(text)\"}")
    }

    @Test(arguments: [
        ("01", "1"), ("5.", "5.0"), ("-.5", "-0.5"), ("007.50", "7.50"), ("5.e3", "5.0e3"), ("-00", "-0"),
    ])
    func `a number that JSON would not allow is printed as JSON allows`(_ text: String, printed: String) throws {
        #expect(try json("a = \(text)") == "{\"a\":\(printed)}")
        #expect(try load("a = \(text)").string("a") == text)
    }

    @Test func `escapes in quoted texts are JSON's`() throws {
        #expect(try load(#"a = "\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00""#).string("a") == "\"\\/\u{8}\u{C}\n\r\té😀")
    }

    @Test(arguments: [
        (#"a = "\x""#, "1:6 syntax"), (#"a = "\u12g4""#, "1:6 syntax"), (#"a = "ab\ud800""#, "1:8 syntax"),
        (#"a = "\udc00\ud800""#, "1:6 syntax"), ("a = \"x\ty\"", "1:7 syntax"), ("a = \"x\ny\"", "1:7 syntax"),
        ("a = \"x", "1:5 syntax"), (#"a = "x\"#, "1:5 syntax"), (#"a = "\u00""#, "1:6 syntax"),
    ])
    func `bad escapes, control characters and open quotes are refused`(_ text: String, place: String) {
        #expect(failure(text)?.place == place)
    }

    @Test func `a multi-line text is taken as it is, and extra quotes at its end belong to it`() throws {
        #expect(try load("a = \"\"\"x\n \\n \"y\" \"\"\"\"\"").string("a") == "x\n \\n \"y\" \"\"")
        #expect(try json("a = \"\"\"\"\"\"\nb = 1") == #"{"a":"","b":1}"#)
        #expect(failure("a = 1\nb = \"\"\"x\n\"\"")?.place == "2:5 syntax")
    }

    @Test func `lines are counted through multi-line texts and comments`() {
        #expect(failure("a = \"\"\"x\n\n\"\"\"\n# c\nb = @")?.place == "5:5 syntax")
    }

    @Test func `bytes that are not UTF-8 are refused with their place`() {
        let bytes = Array("a = 1\nb = x".utf8) + [0xC3, 0x28]
        #expect {
            try HOCONLoader().load(text: bytes, name: "test")
        } throws: { ($0 as? HOCONError)?.place == "2:6 encoding" }
    }

    @Test(arguments: ["a=1\0b", "a=\u{7F}"])
    func `control characters may stand in unquoted texts`(_ text: String) throws {
        #expect(try load(text).string("a").utf8.elementsEqual(text.dropFirst(2).utf8))
    }

    @Test func `every valid JSON text is read as JSON`() throws {
        let text = #"{"a":[1,2.5e-3,{"b":null,"c":[]}],"d":{"e":"f\u0041","":true}}"#
        #expect(try json(text) == #"{"a":[1,2.5e-3,{"b":null,"c":[]}],"d":{"e":"fA","":true}}"#)
    }
}

extension HOCONValue.Content {
    var number: String? {
        if case .number(let text) = self { text } else { nil }
    }
}
