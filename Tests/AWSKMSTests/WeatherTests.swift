import KeyManagement
import Testing

@testable import AWSKMS

/// Every fault against every call.
@Suite struct WeatherTests {
    private static let ground = Task { try await TestingGround() }
    /// Of their own, so that nothing but the fault takes time.
    private static let quietGround = Task { try await TestingGround() }

    @Test(arguments: Weather.table.filter { !$0.isSlow })
    func `each call ends as the table says`(_ weather: Weather) async throws {
        try await Self.ground.value.expect(weather, at: \.url, attempt: .seconds(10))
    }

    @Test(arguments: Weather.table.filter(\.isSlow))
    func `each call that is not answered in time ends as the table says`(_ weather: Weather) async throws {
        try await Self.quietGround.value.expect(weather, at: \.plainURL, attempt: .seconds(1))
    }
}

/// A server with what the calls need.
private struct TestingGround: Sendable {
    private let server: StrictServer
    private let calls: SampleCalls

    init() async throws {
        server = try StrictServer()
        calls = try await SampleCalls(on: server.kms())
    }

    func expect(_ weather: Weather, at url: KeyPath<StrictServer, String>, attempt: Duration) async throws {
        let keys = try server.newKeys()
        for operation in SampleCalls.operations {
            try server.arm(weather.fault, weather.options.merging(["operation": operation.rawValue]) { $1 }, for: keys)
        }
        var configuration = server.configuration(keys, timeouts: .init(attempt: attempt))
        configuration.endpointOverride = server[keyPath: url]
        let failures = await failures(of: configuration)
        let counts = try server.requestCounts(of: keys)
        for operation in SampleCalls.operations {
            let error = try #require(failures[operation])
            let requests = counts[operation.rawValue] ?? 0
            let outcome = error.map { .fails($0.code, requests: requests) } ?? Weather.Outcome.works(requests: requests)
            #expect(outcome == weather.outcome(of: operation), "\(operation.rawValue): \(error?.message ?? "")")
            if let error { check(error, of: operation) }
        }
    }

    private func failures(of configuration: AWSKMSConfiguration) async -> [KMSOperation: KMSError?] {
        await withTaskGroup(of: (KMSOperation, KMSError?).self) { group in
            for operation in SampleCalls.operations {
                group.addTask {
                    do {
                        // A client each: on a kept connection libcurl would try again by itself.
                        return (operation, await calls.failure(of: operation, on: try AWSKMS(configuration)))
                    } catch { return (operation, error as? KMSError) }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// One calm sentence with advice, and nothing of the answer's own words in it.
    private func check(_ error: KMSError, of operation: KMSOperation) {
        #expect(error.operation == operation)
        #expect(error.message.contains("; "), "no advice: \(error.message)")
        #expect(error.message.count < 400 && !error.message.contains("\n"))
        #expect(!error.message.contains("<"), "the answer's own words: \(error.message)")
    }
}
