import EnvelopeCrypto
public import SecretMemory

// The calls of `KMS`. They only compute, unless another process has changed the file.
extension LocalKMS {
    private static let maximumPlaintextSizeInBytes = 4096

    /// Makes a wrapper key and writes the file.
    ///
    /// - Throws: ``KMSError`` `.validation` for labels beyond AWS's bounds, and the file's errors.
    public func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        let requestID = try Self.requestID(.createKey)
        do throws(LocalFailure) {
            return try await onQueue { [self] () throws(LocalFailure) in
                try update { keyring, now throws(LocalFailure) in
                    let key = try LocalKey(request, now: now)
                    keyring.keys[key.id] = key
                    return try key.description(requestID: requestID)
                }
            }
        } catch { throw error.error(in: .createKey, requestID: requestID) }
    }

    /// Tells state, ARN and current key material, whatever the key's state.
    public func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await answer(.describeKey) { keyring, requestID throws(LocalFailure) in
            try keyring.key(key, file: path).description(requestID: requestID)
        }
    }

    /// Draws a 32-byte data key and wraps it.
    public func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try await answer(.generateDataKey) { keyring, requestID throws(LocalFailure) in
            let key = try usableKey(key, in: keyring)
            let plaintext = try LocalFailure.randomSecret(count: 32)
            let blob = try WrappedBlob(wrapping: plaintext, under: key, context: context)
            return GeneratedDataKey(
                plaintext: plaintext, wrapped: try blob.answered(under: key), requestID: requestID)
        }
    }

    /// Wraps 1 to 4096 bytes. As with AWS's Encrypt, the answer does not tell the key material.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        let count = plaintext.count
        let requestID = try Self.requestID(.encrypt)
        do throws(LocalFailure) {
            guard (1...Self.maximumPlaintextSizeInBytes).contains(count) else {
                throw .validation(
                    "a plaintext has 1 to \(Self.maximumPlaintextSizeInBytes) bytes, and this one has \(count)")
            }
            let key = try usableKey(key, in: try await currentKeyring())
            let blob = try WrappedBlob(wrapping: plaintext, under: key, context: context)
            let wrapped = WrappedDataKey(ciphertext: blob.bytes, wrapperKey: try key.arn, keyMaterialID: nil)
            return WrapResponse(wrapped: wrapped, requestID: requestID)
        } catch { throw error.error(in: .encrypt, requestID: requestID) }
    }

    /// Unwraps what a call of this KMS has wrapped.
    ///
    /// - Throws: ``KMSError`` `.invalidCiphertext` for a changed ciphertext or context, `.incorrectKey` when it lies
    ///   under another key than `wrapped` names, `.notFound`, `.disabled`, `.invalidState`.
    public func unwrap(
        _ wrapped: WrappedDataKey, context: EncryptionContext
    ) async throws(KMSError) -> UnwrapResponse {
        try await answer(.decrypt) { keyring, requestID throws(LocalFailure) in
            let (blob, key) = try source(of: wrapped, in: keyring)
            return UnwrapResponse(
                plaintext: try blob.unwrap(with: key, context: context), wrapperKey: try key.arn,
                keyMaterialID: blob.materialID.hex, requestID: requestID)
        }
    }

    /// Unwraps and wraps anew under the current material of `destination`, which may be the same key.
    public func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        try await answer(.reEncrypt) { keyring, requestID throws(LocalFailure) in
            let (blob, source) = try source(of: wrapped, in: keyring)
            let destination = try usableKey(destination, in: keyring)
            let plaintext = try blob.unwrap(with: source, context: context)
            let rewrapped = try WrappedBlob(wrapping: plaintext, under: destination, context: context)
            return RewrapResponse(
                wrapped: try rewrapped.answered(under: destination), sourceWrapperKey: try source.arn,
                sourceKeyMaterialID: blob.materialID.hex, requestID: requestID)
        }
    }

    private func usableKey(_ name: WrapperKeyID, in keyring: Keyring) throws(LocalFailure) -> LocalKey {
        let key = try keyring.key(name, file: path)
        try key.requireEnabled()
        return key
    }

    private func source(
        of wrapped: WrappedDataKey, in keyring: Keyring
    ) throws(LocalFailure) -> (blob: WrappedBlob, key: LocalKey) {
        let blob = try WrappedBlob(parsing: wrapped.ciphertext)
        let key = try keyring.key(wrapped.wrapperKey, file: path)
        guard key.id == blob.keyID else {
            throw LocalFailure(
                .incorrectKey, "the ciphertext lies under another wrapper key than \(wrapped.wrapperKey)",
                awsErrorType: "IncorrectKeyException")
        }
        try key.requireEnabled()
        return (blob, key)
    }

    private func answer<R: ~Copyable>(
        _ operation: KMSOperation, _ body: (Keyring, String) throws(LocalFailure) -> R
    ) async throws(KMSError) -> R {
        let requestID = try Self.requestID(operation)
        do throws(LocalFailure) {
            return try body(try await currentKeyring(), requestID)
        } catch { throw error.error(in: operation, requestID: requestID) }
    }

    static func requestID(_ operation: KMSOperation) throws(KMSError) -> String {
        do { return try UUIDBytes.random().description } catch { throw LocalFailure(error).error(in: operation) }
    }
}

extension WrappedBlob {
    fileprivate func answered(under key: LocalKey) throws(LocalFailure) -> WrappedDataKey {
        WrappedDataKey(ciphertext: bytes, wrapperKey: try key.arn, keyMaterialID: materialID.hex)
    }
}
