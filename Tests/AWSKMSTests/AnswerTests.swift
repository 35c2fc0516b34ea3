import SecretMemory
import Testing

@testable import AWSKMS

/// What is read of an answer beside its members.
@Suite struct AnswerTests {
    private func response(_ body: String, _ fields: [String: String] = [:]) throws -> HTTPResponse {
        HTTPResponse(
            status: 400, fields: fields, body: try SecretBytes(copying: Array(body.utf8).span.bytes))
    }

    @Test(arguments: [
        "NotFoundException", "com.amazonaws.kms#NotFoundException",
        "NotFoundException:http://internal.amazon.com/coral/",
        "com.amazonaws.kms#NotFoundException:http://internal.amazon.com/coral/com.amazonaws.kms/",
    ])
    func `an error's name is found in all its places and spellings`(_ spelling: String) throws {
        for member in ["__type", "code", "Code"] {
            #expect(ErrorType.of(try response(#"{"\#(member)":"\#(spelling)"}"#)) == "NotFoundException")
        }
        let field = try response("{}", ["x-amzn-errortype": spelling])
        #expect(ErrorType.of(field) == "NotFoundException")
        let xml = "<ErrorResponse><Error><Code>\(spelling)</Code></Error></ErrorResponse>"
        #expect(ErrorType.of(try response(xml)) == "NotFoundException")
    }

    @Test func `the field counts before the body, and __type before code`() throws {
        #expect(ErrorType.of(try response(#"{"__type":"B"}"#, ["x-amzn-errortype": "A"])) == "A")
        #expect(ErrorType.of(try response(#"{"code":"C","__type":"B"}"#, ["x-amzn-errortype": "no name"])) == "B")
        #expect(ErrorType.of(try response(#"{"code":"C","__type":7}"#)) == "C")
    }

    @Test(arguments: [
        "", "{}", "[]", "<html>", "<Code>", "<Code></Code>", #"{"__type":""}"#, #"{"__type":"a b"}"#,
        #"{"__type":"a\nb"}"#, #"{"__type":"\u001b[31m"}"#, ##"{"__type":"#"}"##, #"{"__type":"é"}"#,
        "<Code>a\nb</Code>", #"{"message":"__type"}"#,
    ])
    func `what is no name is none`(_ body: String) throws { #expect(ErrorType.of(try response(body)) == nil) }

    @Test func `a name that is too long is none`() throws {
        let name = String(repeating: "a", count: 129)
        #expect(ErrorType.of(try response(#"{"__type":"\#(name)"}"#)) == nil)
        #expect(ErrorType.of(try response("<Code>\(name)</Code>")) != name)
        #expect(PlainWord.of(String(name.dropLast())) != nil)
    }

    @Test(arguments: ["", "two words", "line\nend", "\u{1b}[31mred", "a\0b", "<b>", "\"", "é", "a,b"])
    func `a request id that could forge a line of a log is none`(_ text: String) throws {
        #expect(try response("", ["x-amzn-requestid": text]).requestID == nil)
    }

    @Test func `a request id is a word`() throws {
        let id = "2f0d4f1e-7b3b-4e53-9a4a-1c1a0f5c9d11"
        #expect(try response("", ["x-amzn-requestid": id]).requestID == id)
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 24 Nov 2026 00:25:49 GMT", 1_795_479_949),
        ("Sat, 29 Feb 2020 23:59:59 GMT", 1_583_020_799), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
    ])
    func `dates are read`(_ text: String, _ seconds: Int) {
        #expect(HTTPDate.secondsSince1970(text) == seconds)
    }

    @Test(arguments: [
        "", "GMT", "Tue, 24 Nov 2026 00:25:49", "Tue, 24 Nov 2026 00:25:49 CET", "Tue, 24 Nov 2026 0:25 GMT",
        "Tue, 24 nov 2026 00:25:49 GMT", "Tue, 0 Nov 2026 00:25:49 GMT", "Tue, 32 Nov 2026 00:25:49 GMT",
        "Tue, 24 Nov 1969 00:25:49 GMT", "Tue, 24 Nov 10000 00:25:49 GMT", "Tue, 24 Nov 2026 24:25:49 GMT",
        "Tue, 24 Nov 2026 00:60:49 GMT", "Tue, 24 Nov 2026 00:25:61 GMT", "Tue, 24 Nov 2026 00:-5:49 GMT",
        "Tue, 24 Nov 99999999999 00:25:49 GMT", "Tuesday, 24-Nov-26 00:25:49 GMT", "Tue Nov 24 00:25:49 2026",
        "2026-11-24T00:25:49Z", "Tue, 24 Nov 2026 00:25:49 GMT GMT",
    ])
    func `what is no date is none`(_ text: String) { #expect(HTTPDate.secondsSince1970(text) == nil) }

    private func fields(_ lines: String...) throws(TransportFailure) -> [String: String] {
        var sink = ResponseSink()
        for line in lines {
            try Array((line + "\r\n").utf8).withBytes { bytes throws(TransportFailure) in try sink.addLine(bytes) }
        }
        return try sink.finish(status: 200).fields
    }

    @Test func `the fields that are read are those of the last answer`() throws {
        let fields = try fields(
            "HTTP/1.1 100 Continue", "Date: old", "x-amzn-requestid: old", "", "HTTP/1.1 200 OK", "DATE:\t new ",
            "Content-Length: 5", "X-Other: 1", "no colon", ": nothing",
            "x-amzn-errortype: \(String(repeating: "a", count: 2000))",
            "")
        #expect(fields == ["date": "new"])
    }

    @Test(arguments: [
        ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["transfer-encoding: chunked", "content-length: 5"], ["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"],
    ])
    func `lengths that contradict each other are no HTTP`(_ lines: [String]) throws {
        #expect(throws: TransportFailure.garbage) { try fields("HTTP/1.1 200 OK", lines[0], lines[1], "") }
        #expect(try fields("HTTP/1.1 200 OK", lines[0], lines[0], "").isEmpty)
    }

    @Test func `fields without end are refused`() throws {
        let line = "X-Padding: " + String(repeating: "a", count: 1000)
        #expect(throws: TransportFailure.tooLarge) {
            var sink = ResponseSink()
            for _ in 0..<100 {
                try Array(line.utf8).withBytes { bytes throws(TransportFailure) in try sink.addLine(bytes) }
            }
        }
    }

    @Test func `a body is kept up to its bound, and not a byte more`() throws {
        var sink = ResponseSink()
        let most = ResponseSink.maximumBodySizeInBytes
        try [UInt8](repeating: 1, count: most).withBytes { bytes throws(TransportFailure) in try sink.addBody(bytes) }
        let error = #expect(throws: TransportFailure.self) {
            try [2].withBytes { bytes throws(TransportFailure) in try sink.addBody(bytes) }
        }
        #expect(error == .tooLarge)
        #expect(try sink.finish(status: 200).body.count == most)
    }
}
