import SecretMemory

/// What NodeVault reads of one profile of a shared file.
struct ProfileSection: Sendable {
    private(set) var accessKeyID: String?
    private(set) var secretAccessKey: SecretBox?
    private(set) var sessionToken: SecretBox?
    /// Every key of the section that has a value, in lower case.
    private(set) var keys: Set<String> = []
    /// What settings have that are no secrets.
    private(set) var settings: [String: String] = [:]

    /// Whether there is any part of a static key.
    var hasStaticKey: Bool { accessKeyID != nil || secretAccessKey != nil }

    /// Takes a line; the last of several with one key counts.
    mutating func add(_ line: SharedFileLine) throws(SecretMemoryError) {
        keys.insert(line.key)
        switch line.key {
        case "aws_access_key_id": accessKeyID = String(decoding: line.value, as: UTF8.self)
        case "aws_secret_access_key": secretAccessKey = try Self.secret(line)
        case "aws_session_token": sessionToken = try Self.secret(line)
        case let key where Self.readableKeys.contains(key):
            settings[key] = String(decoding: line.value, as: UTF8.self)
        default: break
        }
    }

    private static func secret(_ line: SharedFileLine) throws(SecretMemoryError) -> SecretBox {
        SecretBox(try SecretBytes(copying: RawSpan(_unsafeBytes: line.value)))
    }

    /// A key that is not here can have a secret as its value: it stays where it is.
    private static let readableKeys: Set<String> = [
        "ca_bundle", "credential_process", "credential_source", "duration_seconds", "ec2_metadata_service_endpoint",
        "ec2_metadata_service_endpoint_mode", "ec2_metadata_v1_disabled", "endpoint_url", "external_id",
        "ignore_configured_endpoint_urls", "mfa_serial", "metadata_service_num_attempts", "metadata_service_timeout",
        "region", "role_arn", "role_session_name", "services", "source_profile", "sts_regional_endpoints",
        "use_dualstack_endpoint", "use_fips_endpoint", "web_identity_token_file",
    ]
}
