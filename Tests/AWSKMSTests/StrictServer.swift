import Foundation
import KMSConformance
import KeyManagement

@testable import AWSKMS

/// The strict KMS of `Tests/KMSServer`, over HTTPS.
final class StrictServer: Sendable {
    private let child: ChildServer
    let url, plainURL, caBundle: String
    let keys: (id: String, secret: String)

    init(_ arguments: String...) throws {
        child = try ChildServer("strict_kms.py")
        url = child.text("https")
        plainURL = child.text("http")
        caBundle = child.text("ca")
        keys = (child.text("accessKeyId"), child.text("secretAccessKey"))
    }

    func configuration(timeouts: AWSKMSConfiguration.Timeouts = .init()) -> AWSKMSConfiguration {
        .forTests(endpoint: url, keys: keys, caBundle: caBundle, timeouts: timeouts)
    }

    func kms(timeouts: AWSKMSConfiguration.Timeouts = .init()) throws -> AWSKMS {
        try AWSKMS(configuration(timeouts: timeouts))
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

    /// Arms a fault, replacing the ones before.
    func arm(_ kind: String, _ options: [String: any Sendable] = [:]) throws {
        try control("DELETE", "/faults")
        try control("POST", "/faults", options.merging(["kind": kind]) { $1 })
    }

    /// How many requests of `operation` the server has answered or broken off since the last ``reset()``.
    func requestCount(_ operation: KMSOperation) throws -> Int {
        let requests = try control("GET", "/requests")["requests"] as? [[String: Any]] ?? []
        return requests.count { $0["operation"] as? String == operation.rawValue }
    }

    func subject() throws -> ConformanceSubject {
        ConformanceSubject(
            kms: try kms(), disable: { try self.setState("Disabled", of: $0) },
            enable: { try self.setState("Enabled", of: $0) },
            scheduleDeletion: { try self.setState("PendingDeletion", of: $0) })
    }
}
