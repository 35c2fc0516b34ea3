import KMSAudit
import KMSConformance
import KeyManagement
import Testing

@Suite struct AuditedKMSConformanceTests {
    @Test(arguments: KMSConformance.all)
    func `a KMS behind its audit log behaves as a KMS`(_ check: KMSConformance) async throws {
        let fixture = try await AuditFixture()
        let sink = MemorySink()
        let local = fixture.local
        try await check.run(
            on: ConformanceSubject(
                kms: fixture.audited(sink), disable: { try local.disableKey($0) }, enable: { try local.enableKey($0) },
                scheduleDeletion: { try local.scheduleKeyDeletion($0) }))
        #expect(!sink.lines.isEmpty)
        for line in sink.lines { #expect(CantonLine.match(line.text) != nil, "\(line.text)") }
    }
}
