import EnvelopeCrypto
import Foundation
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@testable import KMSAudit

@Suite struct AuditLineTests {
    @Test(arguments: CantonLine.samples) func `the expression reads Canton's samples`(_ sample: String) {
        #expect(CantonLine.match(sample)?.trace == "40d47592f1bd50f37e6804fbdff404dd")
        #expect(CantonLine.match(sample + "\n") == nil)
    }

    @Test func `our Decrypt lines are Canton's to the byte, but for the algorithm`() throws {
        let key = try #require(WrapperKeyID(rawValue: "91c48ce4-ec80-44c1-a219-fdd07f12f002"))
        let arn = try #require(
            WrapperKeyID(rawValue: "arn:aws:kms:us-east-1:724647588434:key/91c48ce4-ec80-44c1-a219-fdd07f12f002"))
        func line(_ milliseconds: Int, _ thread: String, _ event: AuditEvent) throws -> String {
            var local = tm(
                tm_sec: 54, tm_min: 44, tm_hour: 15, tm_mday: 12, tm_mon: 8, tm_year: 123, tm_wday: 0, tm_yday: 0,
                tm_isdst: -1, tm_gmtoff: 0, tm_zone: nil)
            return AuditLine(
                instant: AuditInstant(seconds: mktime(&local), milliseconds: milliseconds), thread: thread,
                node: AuditFixture.node, traceID: try #require(TraceID("40d47592f1bd50f37e6804fbdff404dd")),
                requestID: "06cc259e220da647", event: event
            ).text
        }
        let ours = [
            try line(
                426, "env-execution-context-27",
                .sending(.decryptRequest(key), uri: "https://kms.us-east-1.amazonaws.com/")),
            try line(
                538, "aws-java-sdk-NettyEventLoop-1-15",
                .received(.decryptResponse(arn), awsID: "1836823c-bb8a-44bf-883d-f33d696bf84f")),
        ]
        #expect(
            ours == CantonLine.samples.prefix(2).map { $0.replacing("RSAES_OAEP_SHA_256", with: "SYMMETRIC_DEFAULT") })
    }

    @Test func `every call has its two lines, with one request id and one trace id`() async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        let failures = await fixture.runEveryCall(
            on: fixture.audited(sink), secret: try SecretBytes.random(count: 32))
        #expect(failures == 0)
        let lines = sink.lines
        #expect(lines.count == 12)
        for (sending, received) in stride(from: 0, to: 12, by: 2).map({ (lines[$0], lines[$0 + 1]) }) {
            #expect(sending.requestID == received.requestID)
            #expect(sending.traceID == received.traceID)
            for line in [sending, received] {
                let parsed = try #require(CantonLine.match(line.text), "\(line.text)")
                #expect(parsed.level == "INFO ")
                #expect(parsed.logger == "c.d.c.c.k.a.a.AwsRequestResponseLogger:participant=participant1")
            }
        }
        #expect(Set(lines.map(\.requestID)).count == 6)
        #expect(Set(lines.map(\.traceID)).count == 6)
    }

    @Test func `requests and answers are shown as Canton and AWS name them`() async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        _ = await fixture.runEveryCall(on: fixture.audited(sink), secret: try SecretBytes.random(count: 32))
        let arn = fixture.key.rawValue
        let id = try #require(fixture.key.keyID)
        let material = try #require(try await fixture.local.describeKey(fixture.key).currentKeyMaterialID)
        let plain = "Plaintext=** Redacted plaintext placeholder **"
        let cipher = "CiphertextBlob=** Ciphertext placeholder **"
        let algorithm = "EncryptionAlgorithm=SYMMETRIC_DEFAULT"
        let algorithms =
            "SourceEncryptionAlgorithm=SYMMETRIC_DEFAULT, DestinationEncryptionAlgorithm=SYMMETRIC_DEFAULT"
        let metadata = "Metadata[KeyScheme: SYMMETRIC_DEFAULT, State: Enabled, ** Rest of metadata placeholder **]"
        let bodies = sink.lines.map { line in
            switch line.event {
            case .sending(let body, let uri): "\(body) to \(uri)"
            case .received(let body, _): "\(body)"
            case .failed: "failed"
            }
        }
        #expect(bodies[0] == "CreateKeyRequest(KeyPurpose=ENCRYPT_DECRYPT, KeyScheme=SYMMETRIC_DEFAULT) to local:")
        #expect(bodies[1].hasPrefix("CreateKeyResponse(KeyId="))
        #expect(bodies[1].hasSuffix(", KeyPurpose=ENCRYPT_DECRYPT, KeyScheme=SYMMETRIC_DEFAULT)"))
        #expect(!bodies[1].contains("arn:"))
        #expect(
            bodies[2...] == [
                "RetrieveMetadataRequest(KeyId=\(arn)) to local:",
                "RetrieveMetadataResponse(KeyId=\(id), Metadata=\(metadata))",
                "GenerateDataKeyRequest(KeyId=\(arn), KeySpec=AES_256) to local:",
                "GenerateDataKeyResponse(\(cipher), \(plain), KeyId=\(arn), KeyMaterialId=\(material))",
                "EncryptRequest(\(plain), KeyId=\(arn), \(algorithm)) to local:",
                "EncryptResponse(\(cipher), KeyId=\(arn), \(algorithm))",
                "DecryptRequest(\(cipher), KeyId=\(arn), \(algorithm)) to local:",
                "DecryptResponse(\(plain), KeyId=\(arn), \(algorithm))",
                "ReEncryptRequest(\(cipher), SourceKeyId=\(arn), DestinationKeyId=\(arn), \(algorithms)) to local:",
                "ReEncryptResponse(\(cipher), SourceKeyId=\(arn), KeyId=\(arn), \(algorithms), "
                    + "SourceKeyMaterialId=\(material), DestinationKeyMaterialId=\(material))",
            ])
    }

    @Test func `a failure is a warning that names operation, key, codes and request id`() async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        try fixture.local.disableKey(fixture.key)
        let error = await #expect(throws: KMSError.self) {
            _ = try await fixture.audited(sink).generateDataKey(under: fixture.key, context: AuditFixture.context)
        }
        let line = try #require(sink.lines.last)
        let parsed = try #require(CantonLine.match(line.text))
        #expect(sink.lines.count == 2)
        #expect(parsed.level == "WARN ")
        let details = [
            "Operation: GenerateDataKey", "KeyId: \(fixture.key)", "Code: wrapper-key-disabled", "Service: Kms",
            "Request ID: \(error?.requestID ?? "")",
        ].joined(separator: ", ")
        let exception = "DisabledException: \(error?.message ?? "") (\(details))"
        #expect(line.message == "Request [\(line.requestID)] failed. \(exception)")
    }

    @Test func `an HTTP failure shows its status, and one without a type its code`() throws {
        let error = KMSError(.timedOut, operation: .decrypt, message: "no answer within 10 s", httpStatus: 504)
        #expect(
            AuditEvent.failed(error, key: nil).message(requestID: "0123456789abcdef")
                == "Request [0123456789abcdef] failed. KMSError: no answer within 10 s (Operation: Decrypt, "
                + "Code: timed-out, Service: Kms, Status Code: 504)")
    }

    @Test func `the caller's trace id is in every line of its task, and a fresh one elsewhere`() async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        let kms = fixture.audited(sink)
        let trace = try #require(TraceID("40D47592F1BD50F37E6804FBDFF404DD"))
        try await TraceID.$current.withValue(trace) {
            _ = try await kms.describeKey(fixture.key)
            _ = try await kms.describeKey(fixture.key)
        }
        _ = try await kms.describeKey(fixture.key)
        #expect(sink.lines.prefix(4).allSatisfy { $0.traceID.description == "40d47592f1bd50f37e6804fbdff404dd" })
        #expect(sink.lines.suffix(2).allSatisfy { $0.traceID != trace })
        for text in ["", "40d4", "40d47592f1bd50f37e6804fbdff404d\n", "４0d47592f1bd50f37e6804fbdff404d"] {
            #expect(TraceID(text) == nil)
        }
    }

    @Test(arguments: [
        "\n2026-01-01 00:00:00,000 [main] INFO  forged", "\r\n", "\u{0}", "\u{1b}[31m", "\u{85}", "\u{2028}",
        "\u{2029}", "\u{202e}", "\u{7f}", "\\n", String(repeating: "a", count: 1 << 20),
    ])
    func `no value can begin a line of its own or turn the terminal's colours`(_ text: String) throws {
        let error = KMSError(
            .init(rawValue: "code" + text), operation: .decrypt, message: "message" + text,
            awsErrorType: "Type" + text, requestID: "id" + text)
        let line = AuditLine(
            instant: .now, thread: "thread" + text, node: AuditedNode(kind: .mediator, name: "m" + text),
            traceID: .random(), requestID: "0123456789abcdef", event: .failed(error, key: nil)
        ).text
        let received = AuditEvent.received(.createKeyRequest, awsID: text).message(requestID: "0123456789abcdef")
        let sending = AuditEvent.sending(.createKeyRequest, uri: text).message(requestID: "0123456789abcdef")
        for line in [line, received, sending] {
            #expect(line.utf8.count < 16_384)
            #expect(
                line.unicodeScalars.allSatisfy { scalar in
                    ![.control, .format, .lineSeparator, .paragraphSeparator]
                        .contains(scalar.properties.generalCategory)
                })
            #expect(line.split(whereSeparator: \.isNewline).count == 1)
        }
        #expect(text.count > 10 || line.contains("message" + text.printable))
    }

    @Test func `no line has a secret, whether calls succeed or fail`() async throws {
        let fixture = try await AuditFixture()
        let known = [UInt8]("a secret that is easy to find!!".utf8)
        let sink = MemorySink()
        let succeeded = await fixture.runEveryCall(
            on: fixture.audited(sink), secret: try SecretBytes(copying: known.span.bytes))
        let failing = CountingKMS(fixture.local, failing: KMSError(.unavailable, operation: .encrypt, message: "down"))
        let failed = await fixture.runEveryCall(
            on: fixture.audited(failing, sink), secret: try SecretBytes(copying: known.span.bytes))
        #expect(succeeded == 0)
        #expect(failed == 6)
        let wrapped = try await fixture.local.wrap(
            try SecretBytes(copying: known.span.bytes), under: fixture.key, context: AuditFixture.context
        ).wrapped.ciphertext
        #expect(sink.lines.count == 24)
        for line in sink.lines.map(\.text) {
            for bytes in [known, Array(wrapped.prefix(1 + 36 + 32))] {
                let forms = [bytes.hex, Data(bytes).base64EncodedString(), String(decoding: bytes, as: UTF8.self)]
                for form in forms { #expect(!line.contains(form)) }
            }
        }
    }
}
