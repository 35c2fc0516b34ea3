/// The shared credentials and config files that an environment names.
struct SharedFiles: Sendable {
    let credentials: SharedFile?
    let config: SharedFile?
    /// The profile that is chosen, and whether it was chosen by name.
    let chosen: (name: String, variable: String?)

    init(_ environment: AWSEnvironment) {
        func path(_ variable: String, _ name: String) -> String? {
            let path = environment.value(variable) ?? "~/.aws/\(name)"
            guard path.hasPrefix("~/") else { return path }
            return environment.value("HOME").map { $0 + path.dropFirst(1) }
        }
        credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials").map {
            SharedFile(path: $0, kind: .credentials)
        }
        config = path("AWS_CONFIG_FILE", "config").map { SharedFile(path: $0, kind: .config) }
        let variable = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].first { environment.value($0) != nil }
        chosen = (variable.flatMap(environment.value) ?? "default", variable)
    }

    /// The profile of that name; nil where neither file has it.
    ///
    /// - Throws: ``AWSCredentialsError`` when a file exists and cannot be read.
    func profile(_ name: String) throws(AWSCredentialsError) -> Profile? {
        let first = try credentials?.section(of: name)
        let second = try config?.section(of: name)
        guard first != nil || second != nil else { return nil }
        return Profile(
            name: name, credentials: first, config: second,
            paths: (credentials: credentials?.path ?? "", config: config?.path ?? ""))
    }

    /// Both paths in a sentence.
    var paths: String {
        let paths = [credentials, config].compactMap { $0?.path }
        return paths.isEmpty ? "any file (HOME is not set)" : paths.joined(separator: ", ")
    }
}
