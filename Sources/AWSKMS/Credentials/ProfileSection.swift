import SecretMemory

/// What NodeVault reads of one profile of a shared file.
struct ProfileSection: Sendable {
    var accessKeyID: String?
    var secretAccessKey: SecretBox?
    var sessionToken: SecretBox?
    /// Every key of the section, in lower case.
    var keys: Set<String> = []

    /// What of this profile needs more than static keys; nil where they suffice.
    var unsupportedKey: String? {
        let dynamic = [
            "role_arn", "credential_source", "web_identity_token_file", "sso_session", "sso_start_url",
            "sso_account_id", "login_session",
        ]
        return dynamic.first(where: keys.contains) ?? (hasStaticKey ? nil : keys.first { $0 == "credential_process" })
    }

    /// Whether there is any part of a static key.
    var hasStaticKey: Bool { accessKeyID != nil || secretAccessKey != nil }
}
