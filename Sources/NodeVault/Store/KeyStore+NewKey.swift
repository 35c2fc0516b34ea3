import KeyManagement

extension KeyStore {
    /// What the KMS says of a wrapper key that was just made, as soon as it knows the key.
    ///
    /// A KMS may need a moment until a new key is known everywhere. Source: AWS KMS Developer Guide, "AWS KMS eventual
    /// consistency".
    ///
    /// - Parameter describe: asks the KMS once.
    static func newKey(
        _ options: KeyStoreOptions, describe: () async throws -> KeyDescription
    ) async throws -> KeyDescription {
        let deadline = ContinuousClock.now + options.newKeyTimeout
        var retries = 0
        while true {
            do { return try await describe() } catch let error as KMSError where error.code == .notFound {
                retries += 1
                let pause = options.newKeyCheck.pause(beforeRetry: retries)
                guard options.newKeyCheck.allowsRetry(retries), .now + pause < deadline else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }
}
