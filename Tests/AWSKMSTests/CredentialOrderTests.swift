import Foundation
import KeyManagement
import Testing

@testable import AWSKMS

/// Which source counts, against botocore's choice.
@Suite struct CredentialOrderTests {
    private static let services = Result { try CredentialServices() }

    @Test func `the source that is chosen is botocore's`() async throws {
        let services = try Self.services.get()
        var random = SeededGenerator(state: 21)
        let samples = try (0..<150).map { try CredentialSample($0, services, &random) }
        let environments = samples.map { services.environment($0.environment) }
        let theirs = try #require(try await ChildServer.run("resolve_credentials.py", on: environments) as? [Any])
        var found = [String: Int]()
        for (sample, answer) in zip(samples, theirs) {
            let expected = answer as? [Any]
            let result: AWSCredentials?
            var reason = ""
            do { result = try await services.find(sample.environment) } catch {
                result = nil
                reason = "\(error)"
            }
            let what = "\(sample.description)\n\(reason)"
            #expect((result == nil) == (expected == nil), "\(what)")
            guard let result, let expected else {
                found["refused", default: 0] += 1
                continue
            }
            found[String(result.source.prefix { $0 != " " }), default: 0] += 1
            #expect(result.accessKeyID == expected[0] as? String, "\(what)")
            #expect(result.secretAccessKey.text == expected[1] as? String, "\(what)")
            #expect(result.sessionToken?.text == expected[2] as? String, "\(what)")
        }
        for source in ["the", "profile", "role", "refused"] {
            #expect(found[source, default: 0] > 10, "\(found)")
        }
    }
}
