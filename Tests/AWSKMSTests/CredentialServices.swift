import Foundation
import KMSConformance
import KeyManagement
import SecretMemory

@testable import AWSKMS

/// STS, a container's and an instance's service on loopback, and the files of one test beside them.
final class CredentialServices: Sendable {
    private let child: ChildServer
    let folder: TemporaryFolder
    let url: String
    /// An access key that STS knows.
    let keys: (id: String, secret: String)

    init() throws {
        child = try ChildServer("credential_services.py")
        folder = try TemporaryFolder()
        url = child.text("url")
        keys = (child.text("accessKeyId"), child.text("secretAccessKey"))
    }

    /// As if it were new. For suites whose tests run one after another.
    func reset() throws {
        try child.ask(["reset": true])
        try write("")
    }

    /// The variables that name the files and the services, with more of them.
    func environment(_ more: [String: String] = [:]) -> [String: String] {
        [
            "PATH": "/usr/bin:/bin", "AWS_SHARED_CREDENTIALS_FILE": folder.file("credentials"),
            "AWS_CONFIG_FILE": folder.file("config"), "AWS_ENDPOINT_URL_STS": url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
        ].merging(more) { $1 }
    }

    func write(_ config: String, credentials: String = "") throws {
        try folder.write(Array(config.utf8), to: "config")
        try folder.write(Array(credentials.utf8), to: "credentials")
    }

    /// The first access key as a profile's lines.
    var keyLines: String { "aws_access_key_id = \(keys.id)\naws_secret_access_key = \(keys.secret)\n" }

    func kms(
        _ more: [String: String] = [:], _ change: (inout AWSKMSConfiguration) -> Void = { _ in }
    ) throws -> AWSKMS {
        var configuration = AWSKMSConfiguration(region: "us-east-1", environment: .fixed(environment(more)))
        change(&configuration)
        return try AWSKMS(configuration)
    }

    func find(_ more: [String: String] = [:]) async throws -> AWSCredentials {
        try await kms(more).credentials()
    }

    /// How credentials are refused; nil where they are found.
    func refusal(_ more: [String: String] = [:]) async -> KMSError? {
        do {
            _ = try await find(more)
            return nil
        } catch { return error as? KMSError }
    }

    /// Lets the next requests of paths that begin so be answered otherwise.
    func answer(_ path: String, _ answers: [String: any Sendable]...) throws {
        try child.ask(["answer": [path] + answers as [Any]])
    }

    func set(_ settings: [String: any Sendable]) throws { try child.ask(settings) }

    /// The requests since the last time.
    func requests() throws -> [[String: Any]] {
        try child.ask(["requests": true])["requests"] as? [[String: Any]] ?? []
    }

    /// The forms that STS got since the last time.
    func forms() throws -> [[String: String]] {
        try requests().filter { $0["method"] as? String == "POST" }.map { request in
            var parts = URLComponents()
            parts.percentEncodedQuery = request["body"] as? String
            return Dictionary((parts.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { $1 }
        }
    }
}
