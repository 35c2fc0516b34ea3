import Foundation
import KMSConformance
import KeyManagement
import Testing

@testable import AWSKMS

/// moto with its signature and policy checks on: a server that shares nothing with ours.
@Suite struct MotoTests {
    private static let server = Result { try ChildServer("moto_kms.py") }

    private static func kms(_ user: String) throws -> AWSKMS {
        let server = try server.get()
        let keys = try #require(server.ready[user] as? [String: String])
        return try AWSKMS(
            .forTests(
                region: server.text("region"), endpoint: server.text("http"),
                keys: (keys["accessKeyId"] ?? "", keys["secretAccessKey"] ?? "")))
    }

    private static func order(_ call: String, _ parameters: [String: any Sendable]) throws {
        try server.get().ask(["call": call, "parameters": parameters])
    }

    /// Where moto is no KMS: it joins a context's keys and values, uses keys in any state, looks at no SourceKeyId,
    /// knows no key material, and wraps what is too long.
    private static let deviations: Set<String> = []

    @Test(arguments: KMSConformance.all)
    func `moto and AWSKMS together behave as a KMS`(_ check: KMSConformance) async throws {
        let subject = ConformanceSubject(
            kms: try Self.kms("user"),
            disable: { try Self.order("disable_key", ["KeyId": $0.rawValue]) },
            enable: { try Self.order("enable_key", ["KeyId": $0.rawValue]) },
            scheduleDeletion: { try Self.order("schedule_key_deletion", ["KeyId": $0.rawValue]) })
        if Self.deviations.contains(check.description) {
            await withKnownIssue { try await check.run(on: subject) }
        } else {
            try await check.run(on: subject)
        }
    }
}
