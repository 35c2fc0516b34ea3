import Foundation
import KMSAudit
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@Suite struct AuditLineJSONTests {
    private func object(_ line: AuditLine) throws -> [String: Any] {
        #expect(!line.json.contains("\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any])
    }

    @Test func `every line is one JSON object with the content of the text`() async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        let kms = fixture.audited(sink)
        _ = await fixture.runEveryCall(on: kms, secret: try SecretBytes.random(count: 32))
        try fixture.local.disableKey(fixture.key)
        _ = try? await kms.generateDataKey(under: fixture.key, context: AuditFixture.context)
        #expect(sink.lines.count == 14)
        for line in sink.lines {
            let object = try object(line)
            #expect(object["message"] as? String == line.message)
            #expect(object["level"] as? String == line.level.rawValue)
            #expect(object["thread_name"] as? String == line.thread)
            #expect(object["logger_name"] as? String == line.logger)
            #expect(object["trace-id"] as? String == line.traceID.description)
            #expect(object["request-id"] as? String == line.requestID)
            let time = try #require(object["@timestamp"] as? String)
            let date = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(time)
            let expected = Double(line.instant.seconds) + Double(line.instant.milliseconds) / 1000
            #expect(abs(date.timeIntervalSince1970 - expected) < 0.000_5)
            let body: AuditBody?
            switch line.event {
            case .sending(let request, let uri):
                #expect(object["event"] as? String == "sending")
                #expect(object["uri"] as? String == uri)
                body = request
            case .received(let response, let awsID):
                #expect(object["event"] as? String == "received")
                #expect(object["aws-id"] as? String == awsID)
                body = response
            case .failed: body = nil
            }
            guard let body else { continue }
            let member = (object["request"] ?? object["response"]) as? [String: Any]
            #expect(member?["name"] as? String == body.name)
            let fields = Dictionary(uniqueKeysWithValues: body.fields.map { ($0.name, $0.value) })
            #expect(member?["fields"] as? [String: String] == fields)
        }
        let error = try object(try #require(sink.lines.last))["error"] as? [String: Any]
        #expect(error?["operation"] as? String == "GenerateDataKey")
        #expect(error?["key-id"] as? String == fixture.key.rawValue)
        #expect(error?["code"] as? String == "wrapper-key-disabled")
        #expect(error?["type"] as? String == "DisabledException")
        #expect((error?["aws-id"] as? String)?.count == 36)
        #expect((error?["message"] as? String)?.isEmpty == false)
    }

    @Test(arguments: ["\"", "\\", "\n", "\u{0}", "\u{2028}", "{\"a\": 1}", "ключ 🗝"])
    func `no value breaks the object`(_ text: String) async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        let error = KMSError(
            .init(rawValue: "code" + text), operation: .decrypt, message: "message" + text,
            awsErrorType: "Type" + text, httpStatus: 503, requestID: "id" + text)
        let kms = fixture.audited(CountingKMS(fixture.local, failing: error), sink)
        _ = try? await kms.describeKey(fixture.key)
        let line = try #require(sink.lines.last)
        let found = try object(line)
        #expect(found["message"] as? String == line.message)
        #expect((found["error"] as? [String: Any])?["http-status"] as? Int == 503)
    }
}
