import EnvelopeCrypto
public import KeyManagement
import SecretMemory

/// AWS KMS over HTTPS.
///
/// Each call is bounded by the operation timeout, can be cancelled with its task, and is tried again while the KMS
/// throttles, fails or cannot be reached, as ``AWSKMSConfiguration/retries`` says. Plaintexts go between secret memory
/// and the wire without a copy of NodeVault's own.
public final class AWSKMS: KMS {
    let rules: EndpointRules
    private let client: KMSClient

    /// Sets a client up; nothing is sent, and credentials are looked for at the first call.
    ///
    /// - Throws: ``KMSError`` `.validation` for a region or endpoint that is none, `.unavailable` when the system has
    ///   no
    ///   memory or thread left.
    public init(_ configuration: AWSKMSConfiguration) throws(KMSError) {
        func refused(_ message: String) -> KMSError {
            KMSError(.validation, operation: .describeKey, message: message)
        }
        guard Endpoint.isRegion(configuration.region) else {
            throw refused("\"\(configuration.region)\" is no AWS region; check kms.region")
        }
        let settings: EndpointSettings
        let override: Endpoint?
        do throws(AWSCredentialsError) {
            let allowsPlainHTTP = configuration.allowsPlainHTTP
            settings = try EndpointSettings(configuration.environment, allowsPlainHTTP: allowsPlainHTTP)
            override = try configuration.endpointOverride.map { url throws(AWSCredentialsError) in
                try Endpoint(configured: url, as: "kms.endpoint-override", allowsPlainHTTP: allowsPlainHTTP)
            }
        } catch { throw refused(error.description) }
        if override ?? settings.kms != nil, settings.usesFIPS || settings.usesDualStack {
            let flag = settings.usesFIPS ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT"
            throw refused("an endpoint of KMS is named, and \(flag) or the profile's like asks for AWS's; remove one")
        }
        rules = EndpointRules(
            region: configuration.region, override: override, configured: settings.kms, usesFIPS: settings.usesFIPS,
            usesDualStack: settings.usesDualStack)
        let bounds = configuration.timeouts
        guard min(bounds.connect, bounds.attempt, bounds.operation) > .zero else {
            throw refused("kms.timeouts must be longer than nothing")
        }
        do throws(TransportFailure) {
            client = try KMSClient(configuration, settings)
        } catch {
            throw KMSError(.unavailable, operation: .describeKey, message: "libcurl cannot be set up: \(error)")
        }
    }

    /// Changes how calls are tried again, from their next failure on.
    public func setRetries(_ retries: Backoff) { client.setRetries(retries) }

    /// Gives libcurl allocation functions that wipe. To be called first in `main`, after `ProcessPreparation.run()`.
    ///
    /// - Returns: false where the host had set libcurl up before; freed buffers of libcurl's then keep what they held.
    @discardableResult
    package static func prepareProcess() -> Bool { CurlProcess.prepare() }

    /// The credentials that calls are signed with, from where they come, and when they end.
    ///
    /// - Throws: ``KMSError`` `.credentials` where there are none, or why their source does not answer.
    public func credentials() async throws(KMSError) -> AWSCredentials { try await client.credentialsInUse() }

    /// The URL that a call on `key` goes to.
    public func endpoint(for key: WrapperKeyID?) -> String {
        rules.endpoint(in: rules.region(of: key))?.url ?? "no endpoint: \(key?.rawValue ?? "") names no region"
    }

    /// Sends a call and reads its answer.
    func call<R: ~Copyable>(
        _ operation: KMSOperation, on key: WrapperKeyID?,
        write: (inout JSONWriter) throws(SecretMemoryError) -> Void,
        read: (KMSAnswer) throws(AnswerProblem) -> R
    ) async throws(KMSError) -> R {
        let region = rules.region(of: key)
        guard let endpoint = rules.endpoint(in: region) else {
            throw KMSError(
                .validation, operation: operation,
                message: "wrapper key \(key?.rawValue ?? "") names no AWS region; check its ARN")
        }
        let body: SecretBox
        do throws(SecretMemoryError) {
            var writer = try JSONWriter()
            try write(&writer)
            body = SecretBox(try writer.finish())
        } catch { throw KMSError(.secretMemory, operation: operation, message: error.description) }
        let call = KMSCall(operation: operation, key: key, region: region, endpoint: endpoint, body: body)
        return try await client.perform(call, read: read)
    }
}
