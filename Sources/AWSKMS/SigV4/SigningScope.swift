import EnvelopeCrypto
import SecretMemory

/// What a derived signing key is good for: one day, region and service.
struct SigningScope: Sendable, Hashable, CustomStringConvertible {
    let day: String
    let region: String
    let service: String

    /// The scope as a signature names it: `20150830/us-east-1/kms/aws4_request`.
    var description: String { "\(day)/\(region)/\(service)/\(Self.terminator)" }

    private static let terminator = "aws4_request"

    /// The signing key for this scope: a chain of HMACs that begins with the secret access key.
    ///
    /// Source: the AWS page "Create a signed AWS API request", step 4.
    func signingKey(from secretAccessKey: borrowing SecretBytes) throws(EnvelopeError) -> SecretBytes {
        let prefix = Array("AWS4".utf8)
        var key = try Self.zeroed(prefix.count + secretAccessKey.count)
        key.withUnsafeMutableBytes { target in
            target.copyBytes(from: prefix)
            secretAccessKey.withExposedBytes { span in
                span.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: target[prefix.count...]).copyMemory(from: $0)
                }
            }
        }
        for part in [day, region, service, Self.terminator] {
            var next = try Self.zeroed(SHA256Digest.sizeInBytes)
            try next.withUnsafeMutableBytes { output throws(EnvelopeError) in
                try SHA256Digest.authenticate(part, key: key, into: output)
            }
            key = next
        }
        return key
    }

    private static func zeroed(_ count: Int) throws(EnvelopeError) -> SecretBytes {
        do { return try SecretBytes(zeroedCount: count) } catch { throw .secretMemory(error.description) }
    }
}
