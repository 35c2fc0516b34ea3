import KMSAudit
import KMSConformance
import KeyManagement
import SecretMemory
import Testing

@Suite struct AttemptTests {
    private let fixture: AuditFixture
    private static let throttled = KMSError(
        .throttled, operation: .generateDataKey, message: "rate exceeded", awsErrorType: "ThrottlingException",
        httpStatus: 400, requestID: "91c48ce4-ec80-44c1-a219-fdd07f12f002", isRetryable: true)

    init() async throws { fixture = try await AuditFixture() }

    @Test func `each attempt has its lines under one request id and one trace id`() async throws {
        let sink = MemorySink()
        let kms = RepeatingKMS(fixture.local, failing: 2, with: Self.throttled)
        _ = try await fixture.audited(kms, sink).generateDataKey(under: fixture.key, context: AuditFixture.context)
        let lines = sink.lines
        #expect(lines.map(\.level) == [.info, .warn, .info, .warn, .info, .info])
        #expect(Set(lines.map(\.requestID)).count == 1)
        #expect(Set(lines.map(\.traceID)).count == 1)
        #expect(lines[0].message == lines[2].message)
        #expect(lines[0].message.hasPrefix("Sending request ["))
        #expect(lines[5].message.hasPrefix("Received response ["))
        for line in lines { #expect(CantonLine.match(line.text) != nil, "\(line.text)") }
    }

    @Test func `an attempt's failure looks as a call's own, and the last one is told once`() async throws {
        let (repeated, final) = (MemorySink(), MemorySink())
        let kms = RepeatingKMS(fixture.local, failing: .max, with: Self.throttled)
        await #expect(throws: Self.throttled) {
            _ = try await fixture.audited(kms, repeated).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
        }
        await #expect(throws: Self.throttled) {
            _ = try await fixture.audited(CountingKMS(fixture.local, failing: Self.throttled), final).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
        }
        let failure = try #require(final.lines.last)
        let failures = repeated.lines.filter { $0.level == .warn }
        #expect(failures.count == 3)
        for line in failures {
            #expect(line.message == failure.message.replacing(failure.requestID, with: line.requestID))
        }
    }

    @Test(arguments: [1, 2]) func `without its lines no attempt is repeated`(_ refused: Int) async throws {
        let sink = MemorySink(refusing: [refused])
        let kms = RepeatingKMS(fixture.local, failing: 2, with: Self.throttled)
        let error = await #expect(throws: KMSError.self) {
            _ = try await fixture.audited(kms, sink).generateDataKey(
                under: fixture.key, context: AuditFixture.context)
        }
        #expect(error?.code == .auditUnavailable)
        #expect(error?.operation == .generateDataKey)
        #expect(kms.attempts == 1)
        #expect(sink.lines.count == refused)
    }

    @Test func `with audit logging off the failed attempts alone are logged`() async throws {
        let sink = MemorySink()
        let kms = RepeatingKMS(fixture.local, failing: 2, with: Self.throttled)
        _ = try await fixture.audited(kms, sink, isEnabled: false).generateDataKey(
            under: fixture.key, context: AuditFixture.context)
        #expect(sink.lines.map(\.level) == [.warn, .warn])
    }

    @Test func `a secret that is wrapped again and again stays out of the lines, and outside a call nobody listens`()
        async throws
    {
        let sink = MemorySink()
        let kms = RepeatingKMS(fixture.local, failing: 2, with: Self.throttled)
        let secret = try SecretBytes(copying: [UInt8]("a secret that is easy to find!!".utf8).span.bytes)
        _ = try await fixture.audited(kms, sink).wrap(secret, under: fixture.key, context: AuditFixture.context)
        #expect(sink.lines.count == 6)
        #expect(!sink.lines.contains { $0.text.contains("easy to find") })
        try await KMSAttempts.willRepeat(after: Self.throttled)
        #expect(sink.lines.count == 6)
    }
}

/// Fails the first attempts of data-key calls and tells of each, as a KMS behind a network does; at most three.
private final class RepeatingKMS: KMS {
    private let kms: LocalKMS
    private let failures: Int
    private let error: KMSError
    private let made = Lock(0)

    var attempts: Int { made.withLock { $0 } }

    init(_ kms: LocalKMS, failing failures: Int, with error: KMSError) {
        self.kms = kms
        self.failures = failures
        self.error = error
    }

    private func attempt() async throws(KMSError) {
        for attempt in 1...3 {
            made.withLock { $0 += 1 }
            if attempt > failures { return }
            if attempt == 3 { throw error }
            try await KMSAttempts.willRepeat(after: error)
        }
    }

    func endpoint(for key: WrapperKeyID?) -> String { kms.endpoint(for: key) }

    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try await kms.createKey(request)
    }

    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription { try await kms.describeKey(key) }

    func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try await attempt()
        return try await kms.generateDataKey(under: key, context: context)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        try await attempt()
        return try await kms.wrap(plaintext, under: key, context: context)
    }

    func unwrap(_ wrapped: WrappedDataKey, context: EncryptionContext) async throws(KMSError) -> UnwrapResponse {
        try await kms.unwrap(wrapped, context: context)
    }

    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        try await kms.rewrap(wrapped, to: destination, context: context)
    }
}
