import SecretMemory

/// The service that ECS, EKS and Greengrass put beside a container.
///
/// Source: the AWS SDKs and Tools Reference Guide, "Container credential provider".
struct ContainerCredentials: Sendable {
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

    let environment: AWSEnvironment
    let service: LocalService

    static func isConfigured(in environment: AWSEnvironment) -> Bool {
        environment.value(relative) != nil || environment.value(full) != nil
    }

    init(_ environment: AWSEnvironment, _ transport: LazyTransport, pause: Duration = .seconds(1)) {
        self.environment = environment
        service = LocalService(transport: transport, timeout: .seconds(2), attempts: 3, pause: pause)
    }

    func credentials(until deadline: ContinuousClock.Instant) async throws(AWSCredentialsError) -> AWSCredentials {
        let url = try url()
        let source = "the container's service at \(url.endpoint.url)"
        var fields = [HTTPField("host", url.endpoint.authority), HTTPField("accept", "application/json")]
        if let token = try authorization() { fields.append(HTTPField("authorization", secret: token)) }
        let response: HTTPResponse
        do throws(LocalServiceFailure) {
            response = try await service.ask(url.url, fields, until: deadline) { [400, 401, 403, 404].contains($0) }
        } catch {
            throw AWSCredentialsError(
                "\(source) \(error.words); check AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI",
                isRetryable: true)
        }
        guard response.status == 200 else {
            throw AWSCredentialsError(
                "\(source) refuses with HTTP status \(response.status); check the container's role and its token")
        }
        return try CredentialDocument(kind: .service, source: source).read(response.body)
    }

    private func url() throws(AWSCredentialsError) -> LocalURL {
        let name = environment.value(Self.relative) != nil ? Self.relative : Self.full
        let text = environment.value(Self.relative).map { "http://169.254.170.2" + $0 } ?? environment.value(name)
        guard let url = text.flatMap(LocalURL.init),
            text?.hasPrefix("http://169.254.170.2/") == true || name == Self.full
        else { throw AWSCredentialsError("\(name) is no \(name == Self.full ? "URL" : "path"); correct it") }
        guard url.isTrusted else {
            throw AWSCredentialsError(
                "\(name) names the host \(url.endpoint.host), which is neither reached by https nor one of this "
                    + "machine or of a container's service; correct it")
        }
        return url
    }

    /// The token, anew each time: a file of it changes.
    private func authorization() throws(AWSCredentialsError) -> SecretBox? {
        let (fileName, name) = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if let path = environment.value(fileName) {
            guard let token = try SecretFile.content(of: path, as: "the container's token") else {
                throw AWSCredentialsError("\(path) does not exist; check \(fileName)")
            }
            guard token.isFieldValue else { throw AWSCredentialsError("\(path) holds no token; check \(fileName)") }
            return SecretBox(token)
        }
        let token: SecretBox?
        do { token = try environment.secret(name) } catch { throw AWSCredentialsError(error) }
        guard token?.secret.isFieldValue != false else { throw AWSCredentialsError("\(name) is no token; correct it") }
        return token
    }
}

extension SecretBytes {
    /// Whether it can be the value of a header field: some printable ASCII, spaces inside.
    fileprivate var isFieldValue: Bool {
        withExposedBytes { span in
            span.withUnsafeBytes { !$0.isEmpty && $0.allSatisfy { (0x20...0x7e).contains($0) } }
        }
    }
}
