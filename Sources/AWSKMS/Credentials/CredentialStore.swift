import SecretMemory

/// Keeps what the provider answered, until the KMS refuses it.
final class CredentialStore: Sendable {
    private let provider: any AWSCredentialsProvider
    private let kept = Lock<AWSCredentials?>(nil)

    init(_ provider: any AWSCredentialsProvider) { self.provider = provider }

    func current() async throws(AWSCredentialsError) -> AWSCredentials {
        if let known = kept.withLock({ $0 }) { return known }
        let found = try await provider.credentials()
        kept.withLock { $0 = found }
        return found
    }

    /// Asks the provider again. Whether it has others than those refused.
    func renew(_ refused: AWSCredentials) async -> Bool {
        forget(refused)
        // A provider that fails now is heard at the next call: this one ends as the KMS refused it.
        guard let found = try? await current() else { return false }
        return !found.isEqual(to: refused)
    }

    /// Asks the provider again at the next call, unless that was done already.
    func forget(_ refused: AWSCredentials) {
        kept.withLock { known in if known === refused { known = nil } }
    }
}
