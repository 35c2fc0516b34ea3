import KMSConformance
import KeyManagement
import Testing

@Suite struct LocalKMSConformanceTests {
    @Test(arguments: KMSConformance.all)
    func `LocalKMS behaves as a KMS`(_ check: KMSConformance) async throws {
        let fixture = try LocalKMSFixture()
        let kms = try fixture.open()
        try await check.run(
            on: ConformanceSubject(
                kms: kms, disable: { try kms.disableKey($0) }, enable: { try kms.enableKey($0) },
                scheduleDeletion: { try kms.scheduleKeyDeletion($0) }))
    }
}
