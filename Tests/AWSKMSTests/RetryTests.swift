import AWSKMS
import KeyManagement
import Testing

/// How often a call is made, by the server's count.
@Suite struct RetryTests {
    private static let server = Result { try StrictServer() }
    private static let calls = Task { try await SampleCalls(on: server.get().kms()) }

    private static func backoff(maxRetries: Int?) -> Backoff {
        Backoff(initialDelay: .milliseconds(1), maxDelay: .milliseconds(5), maxRetries: maxRetries)
    }

    @Test(arguments: [0, 1, 5])
    func `a call that fails again and again is tried again as often as retries say`(_ maxRetries: Int) async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("throttle", for: keys)
        var configuration = server.configuration(keys)
        configuration.retries = Self.backoff(maxRetries: maxRetries)
        let kms = try AWSKMS(configuration)
        #expect(await (try Self.calls.value).failure(of: .decrypt, on: kms)?.code == .throttled)
        #expect(try server.requestCounts(of: keys)["Decrypt"] == maxRetries + 1)
    }

    @Test func `retries without a bound of their own go on until the call works`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("throttle", ["times": 20], for: keys)
        var configuration = server.configuration(keys)
        configuration.retries = Self.backoff(maxRetries: nil)
        try await Self.calls.value.make(.decrypt, on: try AWSKMS(configuration))
        #expect(try server.requestCounts(of: keys)["Decrypt"] == 21)
    }

    @Test func `retries that are changed hold for the next call`() async throws {
        let server = try Self.server.get()
        let keys = try server.newKeys()
        try server.arm("throttle", for: keys)
        var configuration = server.configuration(keys)
        configuration.retries = Self.backoff(maxRetries: 0)
        let kms = try AWSKMS(configuration)
        kms.setRetries(Self.backoff(maxRetries: 3))
        #expect(await (try Self.calls.value).failure(of: .decrypt, on: kms)?.code == .throttled)
        #expect(try server.requestCounts(of: keys)["Decrypt"] == 4)
    }
}
