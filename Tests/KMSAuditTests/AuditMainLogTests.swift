import KMSAudit
import KeyManagement
import Logging
import Testing

@Suite struct AuditMainLogTests {
    @Test func `lines go to the program's log with level, message and trace id`() async throws {
        let fixture = try await AuditFixture()
        let (logger, records) = RecordingLog.make()
        let trace = TraceID.random()
        let kms = fixture.audited(AuditMainLog(logger))
        try await TraceID.$current.withValue(trace) { _ = try await kms.describeKey(fixture.key) }
        try fixture.local.disableKey(fixture.key)
        _ = try? await kms.generateDataKey(under: fixture.key, context: AuditFixture.context)

        #expect(records.all.map(\.level) == [.info, .info, .info, .warning])
        #expect(records.all[0].message.hasPrefix("Sending request ["))
        #expect(records.all[1].message.hasPrefix("Received response ["))
        #expect(records.all[0].metadata["tid"] == "\(trace)")
        #expect(records.all[1].metadata["tid"] == "\(trace)")
        #expect(records.all[2].metadata["tid"] != "\(trace)")
    }
}
