/// A profile, with what both shared files have of it.
struct Profile: Sendable {
    let name: String
    let credentials: ProfileSection?
    let config: ProfileSection?
    /// The paths of both files.
    let paths: (credentials: String, config: String)

    /// A setting that is no secret; the credentials file comes before the config file.
    subscript(key: String) -> String? { credentials?.settings[key] ?? config?.settings[key] }

    /// Whether either file has a value of the key.
    func has(_ key: String) -> Bool { credentials?.keys.contains(key) == true || config?.keys.contains(key) == true }

    /// Whether either file has a part of a static key.
    var hasStaticKey: Bool { credentials?.hasStaticKey == true || config?.hasStaticKey == true }

    /// Whether it is a role that other credentials assume. One with a web identity's token needs no others.
    var isAssumedRole: Bool { has("role_arn") && !has("web_identity_token_file") }

    /// The profile for a sentence, with the file that has the key: `profile p of /home/node/.aws/config`.
    func place(of key: String) -> String {
        "profile \(name) of " + (credentials?.keys.contains(key) == true ? paths.credentials : paths.config)
    }
}
