import Dispatch
import SecretMemory

/// Long-lived keys and tokens as they are written down: the environment first, then the shared files' profile.
///
/// A source that is there and cannot be used is an error; nothing falls through it silently.
public struct AWSStaticCredentials: AWSCredentialsProvider {
    private let environment: AWSEnvironment

    /// Looks in `environment`, and in the files that it names.
    public init(environment: AWSEnvironment) { self.environment = environment }

    /// The credentials found.
    ///
    /// - Throws: ``AWSCredentialsError`` that says where it looked, or which source cannot be used and why.
    public func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
        let result: Result<AWSCredentials, AWSCredentialsError> = await withCheckedContinuation { continuation in
            // Files can be slow: they are not read on Swift's own threads.
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: find)) }
        }
        return try result.get()
    }

    private func find() throws(AWSCredentialsError) -> AWSCredentials {
        if let found = try fromEnvironment() { return found }
        if let found = try fromFiles() { return found }
        throw nothingFound
    }

    private func fromEnvironment() throws(AWSCredentialsError) -> AWSCredentials? {
        let (idName, secretName) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        let (secret, token) = (try secret(secretName), try secret("AWS_SESSION_TOKEN"))
        switch (environment.value(idName), secret) {
        case (nil, nil): return nil
        case (let id?, let secret?):
            return try AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: token, source: "the environment")
        case (let id, _):
            let (given, missing) = id == nil ? (secretName, idName) : (idName, secretName)
            throw AWSCredentialsError("\(given) is set and \(missing) is not; set both or neither")
        }
    }

    private func secret(_ name: String) throws(AWSCredentialsError) -> SecretBox? {
        do { return try environment.secret(name) } catch { throw AWSCredentialsError(error.description) }
    }

    private func fromFiles() throws(AWSCredentialsError) -> AWSCredentials? {
        var sections = [(source: String, section: ProfileSection)]()
        for file in files {
            guard let section = try file.section(of: profile) else { continue }
            sections.append(("profile \(profile) of \(file.path)", section))
        }
        // A role in one file counts for the profile: static keys in the other are often those it is assumed with.
        for (source, section) in sections {
            if let key = section.unsupportedKey {
                throw AWSCredentialsError(
                    "\(source) has \(key), which is not supported yet; use static keys or the environment variables")
            }
        }
        for (source, section) in sections where section.hasStaticKey {
            guard let id = section.accessKeyID, let secret = section.secretAccessKey else {
                let missing = section.accessKeyID == nil ? "aws_access_key_id" : "aws_secret_access_key"
                throw AWSCredentialsError("\(source) has no \(missing); add it")
            }
            return try AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: section.sessionToken, source: source)
        }
        guard !sections.isEmpty || environment.value("AWS_PROFILE") == nil else {
            throw AWSCredentialsError(
                "AWS_PROFILE names the profile \(profile), which is in none of \(paths); check its name")
        }
        return nil
    }

    private var profile: String { environment.value("AWS_PROFILE") ?? "default" }

    /// The credentials file before the config file, as the SDKs have it.
    private var files: [SharedFile] {
        [
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", SharedFile.Kind.credentials),
            ("AWS_CONFIG_FILE", "config", .config),
        ].compactMap { variable, name, kind in
            path(variable, standard: name).map { SharedFile(path: $0, kind: kind) }
        }
    }

    private func path(_ variable: String, standard name: String) -> String? {
        let path = environment.value(variable) ?? "~/.aws/\(name)"
        guard path.hasPrefix("~/") else { return path }
        return environment.value("HOME").map { $0 + path.dropFirst(1) }
    }

    private var paths: String { files.map(\.path).joined(separator: ", ") }

    private var nothingFound: AWSCredentialsError {
        let unsupported = [
            "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ].filter { environment.value($0) != nil }
        let looked =
            "no AWS credentials: AWS_ACCESS_KEY_ID is not set, and profile \(profile) has no keys in "
            + (files.isEmpty ? "any file (HOME is not set)" : paths)
        let hint =
            unsupported.isEmpty
            ? "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            : "\(unsupported.joined(separator: ", ")) is not supported yet"
        return AWSCredentialsError("\(looked); \(hint)")
    }
}
