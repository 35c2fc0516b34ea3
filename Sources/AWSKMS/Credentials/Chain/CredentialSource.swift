/// Where credentials come from, as the environment and the shared files have it; nothing was asked yet.
indirect enum CredentialSource: Sendable {
    /// Written down.
    case written(AWSCredentials)
    /// A role that the credentials of another source assume.
    case role(AssumedRole, CredentialSource)
    /// A role that the token in a file assumes.
    case webIdentity(AssumedRole, tokenFile: String)
    /// A program's output.
    case process(CredentialProcess)
    /// A container's own service.
    case container
    /// The metadata service of an instance.
    case instance
}

/// A role to assume, with what the profile or the environment says of it.
struct AssumedRole: Sendable, Equatable {
    let arn: String
    /// Nil for a name of NodeVault's own.
    let sessionName: String?
    let externalID: String?
    /// Nil for the service's own: an hour.
    let durationInSeconds: Int?
    /// Who says so, for the operator: `profile p of /home/node/.aws/config`.
    let place: String
}
