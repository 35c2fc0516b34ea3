import EnvelopeCrypto
public import KeyManagement
import SecretMemory

/// AWS KMS over HTTPS.
///
/// Each call is bounded by the operation timeout, can be cancelled with its task, and is tried again while the KMS
/// throttles, fails or cannot be reached, as ``AWSKMSConfiguration/retries`` says. Plaintexts go between secret memory and the wire without a copy of
/// NodeVault's own.
public final class AWSKMS: KMS {
    let rules: EndpointRules
    private let client: KMSClient

    /// Sets a client up; nothing is sent, and credentials are looked for at the first call.
    ///
    /// - Throws: ``KMSError`` `.validation` for a region or endpoint that is none, `.unavailable` when the system has no
    ///   memory or thread left.
    public init(_ configuration: AWSKMSConfiguration) throws(KMSError) {
        func refused(_ message: String) -> KMSError {
            KMSError(.validation, operation: .describeKey, message: message)
        }
        guard Endpoint.isRegion(configuration.region) else {
            throw refused("\"\(configuration.region)\" is no AWS region; check kms.region")
        }
        func endpoint(_ url: String?, named name: String) throws(KMSError) -> Endpoint? {
            guard let url else { return nil }
            guard let endpoint = Endpoint(url: url) else {
                throw refused("\(name) is no http or https URL of a host; check it")
            }
            return endpoint
        }
        rules = EndpointRules(
            region: configuration.region,
            override: try endpoint(configuration.endpointOverride, named: "kms.endpoint-override"),
            environmentOverride: try endpoint(
                configuration.environment.value("AWS_ENDPOINT_URL_KMS"), named: "AWS_ENDPOINT_URL_KMS"))
        let bounds = configuration.timeouts
        guard min(bounds.connect, bounds.attempt, bounds.operation) > .zero else {
            throw refused("kms.timeouts must be longer than nothing")
        }
        do throws(TransportFailure) {
            client = try KMSClient(configuration)
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

    /// The URL that a call on `key` goes to.
    public func endpoint(for key: WrapperKeyID?) -> String {
        rules.endpoint(in: rules.region(of: key))?.url ?? "no endpoint: \(key?.rawValue ?? "") names no region"
    }

    /// Sends a call and reads its answer.
    func call<R: ~Copyable>(
        _ operation: KMSOperation, on key: WrapperKeyID?,
        write: (inout JSONWriter) throws(SecretMemoryError) -> Void,
        read: (KMSAnswer) throws(KMSAnswer.Problem) -> R
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
