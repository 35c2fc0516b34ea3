/// Finds out which source of credentials is meant, in botocore's order.
///
/// A source that is configured and cannot be used is an error; nothing falls through it silently. Source: botocore's
/// `credentials.py`, and the AWS SDKs and Tools Reference Guide, "Standardized credential providers".
struct CredentialPlan {
    let environment: AWSEnvironment
    let files: SharedFiles

    init(_ environment: AWSEnvironment) {
        self.environment = environment
        files = SharedFiles(environment)
    }

    /// The source; nil where nothing is configured, and an instance's metadata service is not to be asked.
    func source() throws(AWSCredentialsError) -> CredentialSource? {
        let own = try EnvironmentCredentials(environment).find()
        // Files that nobody names are of no concern where the environment has credentials.
        if let own, files.chosen.variable == nil { return .written(own) }
        let profile = try files.profile(files.chosen.name)
        if profile == nil, let variable = files.chosen.variable {
            throw AWSCredentialsError(
                "\(variable) names the profile \(files.chosen.name), which is in none of \(files.paths); check its name"
            )
        }
        if let own { return .written(own) }
        if let profile, profile.isAssumedRole { return try role(of: profile, visited: [profile.name]) }
        if let found = try webIdentity(of: profile, usesEnvironment: true) { return found }
        if let profile, let found = try self.own(of: profile) { return found }
        if let key = profile.flatMap(Self.strayRoleKey), let profile {
            throw AWSCredentialsError("\(profile.place(of: key)) has \(key) and no role_arn; add it")
        }
        if ContainerCredentials.isConfigured(in: environment) { return .container }
        return try InstanceMetadata.isDisabled(in: environment) ? nil : .instance
    }

    /// A key that means a role where there is none.
    private static func strayRoleKey(_ profile: Profile) -> String? {
        ["credential_source", "source_profile", "external_id", "role_session_name"].first(where: profile.has)
    }

    private func role(of profile: Profile, visited: [String]) throws(AWSCredentialsError) -> CredentialSource {
        let place = profile.place(of: "role_arn")
        if profile.has("mfa_serial") {
            throw AWSCredentialsError(
                "\(place) has mfa_serial, and a node has nobody to type a code in; let it assume the role without, or "
                    + "name a profile without mfa_serial")
        }
        let role = try assumedRole(of: profile)
        switch (profile["source_profile"], profile["credential_source"]) {
        case (nil, nil):
            throw AWSCredentialsError(
                "\(place) has role_arn and neither source_profile nor credential_source; add one of them")
        case (_?, _?):
            throw AWSCredentialsError("\(place) has both source_profile and credential_source; remove one of them")
        case (nil, let name?): return .role(role, try named(name, for: profile))
        case (let name?, nil): return .role(role, try source(named: name, for: profile, visited: visited))
        }
    }

    private func assumedRole(of profile: Profile) throws(AWSCredentialsError) -> AssumedRole {
        var duration: Int?
        if let text = profile["duration_seconds"] {
            guard let number = Int(text), number > 0 else {
                throw AWSCredentialsError(
                    "\(profile.place(of: "duration_seconds")) has a duration_seconds that is no number; correct it")
            }
            duration = number
        }
        return AssumedRole(
            arn: profile["role_arn"] ?? "", sessionName: profile["role_session_name"],
            externalID: profile["external_id"], durationInSeconds: duration, place: profile.place(of: "role_arn"))
    }

    /// The source that `credential_source` names.
    private func named(_ name: String, for profile: Profile) throws(AWSCredentialsError) -> CredentialSource {
        let place = profile.place(of: "credential_source")
        switch name {
        case "Environment":
            guard let found = try EnvironmentCredentials(environment).find() else {
                throw AWSCredentialsError(
                    "\(place) has credential_source = Environment, and AWS_ACCESS_KEY_ID is not set; set it")
            }
            return .written(found)
        case "EcsContainer":
            guard ContainerCredentials.isConfigured(in: environment) else {
                throw AWSCredentialsError(
                    "\(place) has credential_source = EcsContainer, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI "
                        + "nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set; choose another source")
            }
            return .container
        case "Ec2InstanceMetadata":
            guard try !InstanceMetadata.isDisabled(in: environment) else {
                throw AWSCredentialsError(
                    "\(place) has credential_source = Ec2InstanceMetadata, and AWS_EC2_METADATA_DISABLED is true; "
                        + "choose another source")
            }
            return .instance
        default:
            throw AWSCredentialsError(
                "\(place) has a credential_source that is none; use Environment, EcsContainer or Ec2InstanceMetadata")
        }
    }

    /// The source that `source_profile` names.
    private func source(
        named name: String, for profile: Profile, visited: [String]
    ) throws(AWSCredentialsError) -> CredentialSource {
        let place = profile.place(of: "source_profile")
        guard let source = try files.profile(name) else {
            throw AWSCredentialsError(
                "\(place) has source_profile = \(name), which is in none of \(files.paths); check its name")
        }
        // A profile may name itself for its own static keys.
        guard !visited.contains(name) || (name == profile.name && source.hasStaticKey) else {
            throw AWSCredentialsError(
                "\(place) has source_profile = \(name), which leads back to it; end the chain with a profile that has "
                    + "credentials of its own")
        }
        if source.isAssumedRole, !source.hasStaticKey { return try role(of: source, visited: visited + [name]) }
        if let found = try webIdentity(of: source, usesEnvironment: false) { return found }
        if let found = try own(of: source) { return found }
        throw AWSCredentialsError("\(place) has source_profile = \(name), which has no credentials; add them")
    }

    private func webIdentity(
        of profile: Profile?, usesEnvironment: Bool
    ) throws(AWSCredentialsError) -> CredentialSource? {
        func setting(_ variable: String, _ key: String) -> String? {
            (usesEnvironment ? environment.value(variable) : nil) ?? profile?[key]
        }
        guard let file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else { return nil }
        let isOfEnvironment = usesEnvironment && environment.value("AWS_WEB_IDENTITY_TOKEN_FILE") != nil
        let place = isOfEnvironment ? "the environment" : profile?.place(of: "web_identity_token_file") ?? ""
        guard let arn = setting("AWS_ROLE_ARN", "role_arn") else {
            let (given, missing) =
                isOfEnvironment
                ? ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN") : ("web_identity_token_file", "role_arn")
            throw AWSCredentialsError("\(place) has \(given) and no \(missing); set both or neither")
        }
        let role = AssumedRole(
            arn: arn, sessionName: setting("AWS_ROLE_SESSION_NAME", "role_session_name"), externalID: nil,
            durationInSeconds: nil, place: place)
        return .webIdentity(role, tokenFile: file)
    }

    /// The profile's own credentials, but for a role; nil where it has none.
    private func own(of profile: Profile) throws(AWSCredentialsError) -> CredentialSource? {
        if let key = ["sso_account_id", "sso_role_name"].first(where: profile.has) {
            throw Self.needsLogin(profile, key)
        }
        if let found = try profile.credentials?.staticCredentials(profile.place(of:)) { return .written(found) }
        if profile.has("login_session") { throw Self.needsLogin(profile, "login_session") }
        if let command = profile["credential_process"] {
            return .process(CredentialProcess(command: command, place: profile.place(of: "credential_process")))
        }
        if let found = try profile.config?.staticCredentials(profile.place(of:)) { return .written(found) }
        if let key = ["sso_session", "sso_start_url"].first(where: profile.has) {
            throw Self.needsLogin(profile, key)
        }
        return nil
    }

    private static func needsLogin(_ profile: Profile, _ key: String) -> AWSCredentialsError {
        AWSCredentialsError(
            "\(profile.place(of: key)) has \(key), a login in a browser that a node cannot make; for a trial set "
                + "credential_process = aws configure export-credentials --profile \(profile.name) in another profile, "
                + "for a node give it a role")
    }
}
