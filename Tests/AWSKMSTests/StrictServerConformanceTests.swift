import KMSConformance
import Testing

@Suite struct StrictServerConformanceTests {
    private static let server = Result { try StrictServer() }

    @Test(arguments: KMSConformance.all)
    func `AWSKMS and the strict server together behave as a KMS`(_ check: KMSConformance) async throws {
        try await check.run(on: try Self.server.get().subject())
    }
}
