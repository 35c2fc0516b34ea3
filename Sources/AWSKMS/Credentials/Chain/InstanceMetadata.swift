import KeyManagement
import SecretMemory

/// The metadata service of an EC2 instance, version 2; version 1 only where the environment or the profile says so.
///
/// Source: the AWS SDKs and Tools Reference Guide, "IMDS credential provider".
struct InstanceMetadata: Sendable {
    private static let path = "/latest/meta-data/iam/security-credentials/"

    private let settings: MetadataSettings
    private let service: LocalService

    static func isDisabled(in environment: AWSEnvironment) throws(AWSCredentialsError) -> Bool {
        try environment.flag("AWS_EC2_METADATA_DISABLED") ?? false
    }

    init(_ settings: MetadataSettings, _ transport: LazyTransport) {
        self.settings = settings
        service = LocalService(
            transport: transport, timeout: settings.timeout, attempts: settings.attempts, pause: .milliseconds(100))
    }

    /// - Throws: ``AWSCredentialsError``: `.unavailable` where there is no such service.
    func credentials(until deadline: ContinuousClock.Instant) async throws(AWSCredentialsError) -> AWSCredentials {
        let token = try await token(until: deadline)
        let role = try await get("", token, until: deadline)
        let name = role.body.withExposedBytes { span in
            span.withUnsafeBytes { bytes in
                String(decoding: bytes.prefix { $0 != 0x0a && $0 != 0x0d }, as: UTF8.self)
            }
        }
        // The name becomes part of a URL.
        guard Self.isRoleName(name) else {
            throw AWSCredentialsError("\(source) names no role; check it", isRetryable: true)
        }
        let answer = try await get(name, token, until: deadline)
        return try CredentialDocument(kind: .service, source: source, outlivesExpiry: true).read(answer.body)
    }

    private var source: String { "the instance's metadata service at \(settings.endpoint.url)" }

    private var host: HTTPField { HTTPField("host", settings.endpoint.authority) }

    private func url(_ path: String) -> String {
        (settings.endpoint.url.hasSuffix("/") ? String(settings.endpoint.url.dropLast()) : settings.endpoint.url) + path
    }

    /// The token of version 2; nil where there is none and version 1 is allowed.
    private func token(until deadline: ContinuousClock.Instant) async throws(AWSCredentialsError) -> SecretBox? {
        let fields = [host, HTTPField("x-aws-ec2-metadata-token-ttl-seconds", "21600")]
        let response: HTTPResponse
        do throws(LocalServiceFailure) {
            response = try await service.ask(url("/latest/api/token"), fields, by: .put, until: deadline) {
                (400...499).contains($0)
            }
        } catch {
            // Where a hop too many keeps the token's answer away, version 1 still answers.
            if settings.allowsVersion1, case .exchange(.timedOut) = error { return nil }
            throw failure(error)
        }
        if response.status == 200, response.body.isToken { return try Self.copy(response.body) }
        if [403, 404, 405].contains(response.status), settings.allowsVersion1 { return nil }
        throw AWSCredentialsError(
            "\(source) gives no token (HTTP status \(response.status)), and its version 1 is not allowed; check the "
                + "instance's metadata options")
    }

    private func get(
        _ name: String, _ token: SecretBox?, until deadline: ContinuousClock.Instant
    ) async throws(AWSCredentialsError) -> HTTPResponse {
        let fields = [host] + (token.map { [HTTPField("x-aws-ec2-metadata-token", secret: $0)] } ?? [])
        let response: HTTPResponse
        do throws(LocalServiceFailure) {
            response = try await service.ask(url(Self.path + name), fields, until: deadline) {
                [400, 401, 403, 404].contains($0)
            }
        } catch { throw failure(error) }
        switch response.status {
        case 200: return response
        case 404:
            throw AWSCredentialsError("\(source) knows of no role; give the instance a profile with a role")
        default:
            throw AWSCredentialsError(
                "\(source) refuses with HTTP status \(response.status); check the instance's metadata options")
        }
    }

    private func failure(_ failure: LocalServiceFailure) -> AWSCredentialsError {
        let isAbsent =
            switch failure {
            case .exchange(.notConnected), .exchange(.timedOut): true
            default: false
            }
        return AWSCredentialsError(
            "\(source) \(failure.words); check that this is an instance with a role",
            code: isAbsent ? .unavailable : .credentials, isRetryable: true)
    }

    private static func copy(_ token: borrowing SecretBytes) throws(AWSCredentialsError) -> SecretBox {
        do throws(SecretMemoryError) {
            return try token.withExposedBytes { span throws(SecretMemoryError) in
                SecretBox(try SecretBytes(copying: span))
            }
        } catch { throw AWSCredentialsError(error) }
    }

    private static func isRoleName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "+=,.@-_".utf8.contains(byte)
            } && name != "." && name != ".."
    }
}

extension SecretBytes {
    /// Whether it can be a metadata service's token.
    fileprivate var isToken: Bool {
        withExposedBytes { span in
            span.withUnsafeBytes { (1...1024).contains($0.count) && $0.allSatisfy { (0x21...0x7e).contains($0) } }
        }
    }
}
