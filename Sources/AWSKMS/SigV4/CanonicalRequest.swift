import EnvelopeCrypto
import SecretMemory

/// A POST without a query as Signature Version 4 sees it.
///
/// Source: the AWS page "Create a signed AWS API request", step 1.
struct CanonicalRequest {
    private let path: String
    private let fields: [HTTPField]
    private let bodyDigest: [UInt8]

    /// - Parameters:
    ///   - path: as it stands in the URL.
    ///   - fields: those to be signed, `host` among them; in any order.
    ///   - bodyDigest: SHA-256 of the body.
    init(path: String, fields: [HTTPField], bodyDigest: [UInt8]) {
        self.path = Self.canonical(path)
        self.fields = fields.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        self.bodyDigest = bodyDigest
    }

    /// The names of the fields, as the signature lists them.
    var signedNames: String { fields.map(\.name).joined(separator: ";") }

    /// SHA-256 of the canonical text, which is never put together: it holds the session token.
    func digest() throws(EnvelopeError) -> [UInt8] {
        var digest = try SHA256Digest()
        digest.add("POST\n\(path)\n\n")
        for field in fields {
            digest.add("\(field.name):")
            switch field.value {
            case .text(let text): digest.add(Self.trimmed(text))
            case .secret(let box): digest.add(box.secret)
            }
            digest.add("\n")
        }
        digest.add("\n\(signedNames)\n\(bodyDigest.hex)")
        return try digest.finish()
    }

    /// Without spaces at the ends, and with single ones inside.
    private static func trimmed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }

    /// Without dot segments and repeated slashes, and percent-encoded once more than it is on the wire.
    private static func canonical(_ path: String) -> String {
        var kept = [Substring]()
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        let endsWithSlash = path.hasSuffix("/") && !kept.isEmpty
        return "/" + kept.map(percentEncoded).joined(separator: "/") + (endsWithSlash ? "/" : "")
    }

    private static func percentEncoded(_ segment: Substring) -> String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return segment.utf8.map { byte in
            unreserved.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + (CollectionOfOne(byte).hex.uppercased())
        }.joined()
    }
}
