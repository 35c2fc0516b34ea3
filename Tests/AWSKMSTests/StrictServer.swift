import Foundation
import KMSConformance
import KeyManagement

@testable import AWSKMS

/// The strict KMS of `Tests/KMSServer`, over HTTPS.
final class StrictServer: Sendable {
    typealias Keys = (id: String, secret: String)

    private let child: ChildServer
    let url, plainURL, caBundle: String
    /// The root user's access key.
    let keys: Keys

    init(_ arguments: String...) throws {
        child = try ChildServer("strict_kms.py", arguments)
        url = child.text("https")
        plainURL = child.text("http")
        caBundle = child.text("ca")
        keys = (child.text("accessKeyId"), child.text("secretAccessKey"))
    }

    /// The URL of another HTTPS port, as the server's first line names it.
    func url(_ name: String) -> String { child.text(name) }

    /// The URLs of the ports that serve one region.
    var regions: [String: String] { child.ready["regions"] as? [String: String] ?? [:] }

    /// A client of the server's, with short pauses and without a credentials file.
    func configuration(
        _ keys: Keys? = nil, timeouts: AWSKMSConfiguration.Timeouts = .init()
    ) -> AWSKMSConfiguration {
        .forTests(endpoint: url, keys: keys ?? self.keys, caBundle: caBundle, timeouts: timeouts)
    }

    func kms(_ keys: Keys? = nil, timeouts: AWSKMSConfiguration.Timeouts = .init()) throws -> AWSKMS {
        try AWSKMS(configuration(keys, timeouts: timeouts))
    }

    @discardableResult
    func control(_ method: String, _ path: String, _ body: [String: any Sendable]? = nil) throws -> [String: Any] {
        var order: [String: Any] = ["method": method, "path": path]
        order["body"] = body
        return try child.ask(order)
    }

    func setState(_ state: String, of key: WrapperKeyID) throws {
        try control("POST", "/keys/state", ["arn": key.rawValue, "state": state])
    }

    /// One more access key of the root user: what is armed for it befalls no other test.
    func newKeys() throws -> Keys {
        let made = try control("POST", "/access-keys", ["of": keys.id])
        return (made["accessKeyId"] as? String ?? "", made["secretAccessKey"] as? String ?? "")
    }

    /// Arms a fault for requests with these keys.
    func arm(_ kind: String, _ options: [String: any Sendable] = [:], for keys: Keys) throws {
        try control("POST", "/faults", options.merging(["kind": kind, "accessKeyId": keys.id]) { $1 })
    }

    /// How many requests with these keys it was asked, by operation.
    func requestCounts(of keys: Keys) throws -> [String: Int] {
        let requests = try requests(of: keys).compactMap { $0["operation"] as? String }
        return Dictionary(requests.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// The requests with these keys, as the server's journal has them.
    func requests(of keys: Keys) throws -> [[String: Any]] {
        let requests = try control("GET", "/requests")["requests"] as? [[String: Any]] ?? []
        return requests.filter { $0["accessKeyId"] as? String == keys.id }
    }

    func subject() throws -> ConformanceSubject {
        ConformanceSubject(
            kms: try kms(), disable: { try self.setState("Disabled", of: $0) },
            enable: { try self.setState("Enabled", of: $0) },
            scheduleDeletion: { try self.setState("PendingDeletion", of: $0) })
    }
}
