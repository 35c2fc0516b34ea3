import SecretMemory
import Testing

@testable import AWSKMS

@Suite struct XMLTests {
    private func read<R>(_ text: String, _ body: (XMLElement) throws -> R) throws -> R {
        try Array(text.utf8).withBytes { (bytes) throws -> R in
            let guarded = GuardedBytes(Array(bytes))
            return try body(try XMLElement(guarded.bytes))
        }
    }

    @Test(arguments: [
        "<a><b>text</b></a>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a x=\"1\" y='>'>\r\n <b >text</b >\t</a>\n",
        "<a><c/><c z=\"\"/><b>text</b><d><b>inner</b>mixed</d></a>", "<a><b>&#116;e&#x78;t</b></a>",
    ])
    func `an element is found by its name`(_ text: String) throws {
        let found = try read(text) { try $0.child("b")?.text }
        #expect(found == "text")
        #expect(try read(text) { $0.name } == "a")
        #expect(try read(text) { try $0.child("none")?.text } == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a/><b/>", "<a></a>x", "<a", "<a x></a>", "<a x=1></a>", "<a x=\"1></a>",
        "<a x=\"<\"></a>", "<a><b></a></b>", "</a>", "<>", "< a></a>", "<!DOCTYPE a []><a/>", "<!-- c --><a/>", "<?xml",
        "<a><![CDATA[x]]></a>", "<a><!-- c --></a>", "<a x=\"1\"y=\"2\"></a>", "<?xml version='1.0'<?><a/>",
        String(repeating: "<a>", count: 30) + String(repeating: "</a>", count: 30),
    ])
    func `what is no such document is refused`(_ text: String) {
        #expect(throws: XMLCursor.Malformed.self) { try read(text) { _ in } }
    }

    @Test func `every truncation is refused`() {
        let text = "<?xml version=\"1.0\"?><a x=\"1\"><b>&amp;</b><c/></a>"
        for count in 0..<text.utf8.count {
            #expect(throws: XMLCursor.Malformed.self) { try read(String(text.prefix(count))) { _ in } }
        }
    }

    @Test(arguments: [
        ("a&amp;b", "a&b"), ("&lt;&gt;&quot;&apos;", "<>\"'"), ("&#x41;&#66;", "AB"), ("", ""), (" x ", " x "),
        ("&unknown;", nil), ("&amp", nil), ("&", nil), ("&#0;", nil), ("&#200;", nil), ("&#x;", nil), ("<x/>", nil),
        ("é", nil),
    ])
    func `entities are undone`(_ content: String, _ meant: String?) throws {
        #expect(try read("<a>\(content)</a>") { $0.text } == meant)
    }

    @Test func `two children of one name, and text beside children, are refused`() throws {
        #expect(throws: XMLCursor.Malformed.self) {
            try read("<a><b>1</b><b>2</b></a>") { _ = try $0.child("b") }
        }
        #expect(throws: XMLCursor.Malformed.self) { try read("<a>x<b>1</b></a>") { _ = try $0.child("b") } }
    }

    @Test(arguments: [
        ("2026-11-24T00:25:49Z", 1_795_479_949), ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24T00:25:49.999Z", 1_795_479_949),
        ("2026-11-24T01:25:49+01:00", 1_795_479_949), ("2026-11-23T18:55:49.1-05:30", 1_795_479_949),
        ("2026-11-24", nil), ("2026-11-24T00:25:49", nil), ("2026-13-24T00:25:49Z", nil), ("2026-11-24 00:25:49Z", nil),
        ("2026-11-24T00:25:49.Z", nil), ("2026-11-24T24:00:00Z", nil), ("2026-11-24T00:25:49+0100", nil), ("soon", nil),
        ("2026-11-24T00:25:49Zx", nil), ("+026-11-24T00:25:49Z", nil), ("", nil),
    ])
    func `dates are read`(_ text: String, _ seconds: Int?) { #expect(ISODate.secondsSince1970(text) == seconds) }
}
