import SecretMemory

@testable import AWSKMS

/// A random request, as ours and as botocore's signer get it.
struct SigningSample: Sendable {
    private let url, region, accessKeyID, secretAccessKey, sessionToken, body: String
    private let fields: [String: String]
    private let time: Int

    init(_ random: inout SeededGenerator) {
        func text(_ characters: String, _ count: ClosedRange<Int>) -> String {
            String(
                (0..<Int.random(in: count, using: &random)).compactMap { _ in characters.randomElement(using: &random) }
            )
        }
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let printable = letters + letters.uppercased() + "0123456789+/="
        let hosts = [
            "kms.eu-central-1.amazonaws.com", "localhost:8443", "127.0.0.1:80", "[::1]:5000", "kms.example:443",
        ]
        let paths = ["", "/", "/prefix", "/prefix/", "/a/./b/../c", "/~x/a%20b", "//twice//", "/a=b,c;d/-._~", "/%2F/"]
        func one(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }
        url = one(["http", "https"]) + "://" + one(hosts) + one(paths)
        region = one(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
        accessKeyID = "AKIA" + text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 12...16)
        secretAccessKey = text(printable, 1...80)
        sessionToken = Bool.random(using: &random) ? text(printable, 1...900) : ""
        body = text(printable + "{}\":, \n\\é☃😀", 0...500)
        time = Int.random(in: 946_684_800...4_102_444_800, using: &random)
        fields = [
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "TrentService." + text(letters, 1...20),
            "x-" + text(letters + "0123456789-", 1...12) + "z": text(letters + "  \t;,:", 0...30),
        ]
    }

    var order: [String: any Sendable] {
        [
            "url": url, "region": region, "service": "kms", "accessKeyID": accessKeyID,
            "secretAccessKey": secretAccessKey, "sessionToken": sessionToken, "body": body, "time": time,
            "fields": fields,
        ]
    }

    func authorization() throws -> String? {
        guard let endpoint = Endpoint(url: url) else { return nil }
        let body = try SecretBytes(copying: Array(body.utf8).span.bytes)
        let credentials = try AWSCredentials.made(
            accessKeyID, secretAccessKey, sessionToken.isEmpty ? nil : sessionToken)
        return try SigV4(region: region, service: "kms").sign(
            [HTTPField("host", endpoint.authority)] + fields.map { HTTPField($0.key, $0.value) }, path: endpoint.path,
            body: body, with: credentials, at: SigningTime(secondsSince1970: time)
        ).authorization
    }
}

extension AWSCredentials {
    static func made(_ id: String, _ secret: String, _ token: String? = nil) throws -> AWSCredentials {
        func box(_ text: String) throws -> SecretBox {
            SecretBox(try SecretBytes(copying: Array(text.utf8).span.bytes))
        }
        return try AWSCredentials(
            accessKeyID: id, secretAccessKey: box(secret), sessionToken: token.map(box), source: "a test")
    }
}

extension [HTTPField] {
    var authorization: String? {
        for field in self where field.name == "authorization" {
            if case .text(let text) = field.value { return text }
        }
        return nil
    }
}
