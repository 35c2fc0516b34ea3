public import KeyManagement
public import SecretMemory

// The calls of `KMS`, member by member as in AWS's service model.
extension AWSKMS {
    /// Makes a symmetric wrapper key in the configured region.
    ///
    /// A call that broke off after its request had left is not repeated: that could make a second key.
    public func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        try await call(.createKey, on: nil) { body throws(SecretMemoryError) in
            try body.add("KeySpec", "SYMMETRIC_DEFAULT")
            try body.add("KeyUsage", "ENCRYPT_DECRYPT")
            if !request.description.isEmpty { try body.add("Description", request.description) }
            if request.isMultiRegion { try body.add("MultiRegion", true) }
            let tags = request.tags.sorted { $0.key < $1.key }
            if !tags.isEmpty { try body.add("Tags", list: tags.map { [("TagKey", $0.key), ("TagValue", $0.value)] }) }
        } read: { answer throws(AnswerProblem) in
            let made = try answer.description(expected: nil)
            guard made.arn.region == rules.region(of: nil) else { throw .wrong("a key of another region") }
            return made
        }
    }

    /// Tells state, ARN and kind of a wrapper key.
    public func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await call(.describeKey, on: key) { body throws(SecretMemoryError) in
            try body.add("KeyId", rules.name(of: key))
        } read: { answer throws(AnswerProblem) in
            try answer.description(expected: key)
        }
    }

    /// Makes a 32-byte data key.
    public func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey {
        try await call(.generateDataKey, on: key) { body throws(SecretMemoryError) in
            try write(.generateDataKey(under: key, context), &body)
        } read: { answer throws(AnswerProblem) in
            let wrapped = WrappedDataKey(
                ciphertext: try answer.ciphertext(), wrapperKey: try answer.key(expected: key),
                keyMaterialID: try answer.id("KeyMaterialId"))
            return GeneratedDataKey(
                plaintext: try answer.dataKey(), wrapped: wrapped, requestID: answer.requestID)
        }
    }

    /// Wraps 1 to 4096 bytes.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse {
        try await call(.encrypt, on: key) { body throws(SecretMemoryError) in
            try write(.wrap(under: key, context), &body)
            try body.add("Plaintext", base64: plaintext)
        } read: { answer throws(AnswerProblem) in
            let wrapped = WrappedDataKey(
                ciphertext: try answer.ciphertext(), wrapperKey: try answer.key(expected: key), keyMaterialID: nil)
            return WrapResponse(wrapped: wrapped, requestID: answer.requestID)
        }
    }

    /// Unwraps under the wrapper key that `wrapped` names, and under no other.
    public func unwrap(
        _ wrapped: WrappedDataKey, context: EncryptionContext
    ) async throws(KMSError) -> UnwrapResponse {
        let key = wrapped.wrapperKey
        return try await call(.decrypt, on: key) { body throws(SecretMemoryError) in
            try write(.unwrap(wrapped, context), &body)
        } read: { answer throws(AnswerProblem) in
            UnwrapResponse(
                plaintext: try answer.plaintext(), wrapperKey: try answer.key(expected: key),
                keyMaterialID: try answer.id("KeyMaterialId"), requestID: answer.requestID)
        }
    }

    /// Whether both wrapper keys are asked for in one region.
    public func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool {
        rules.region(of: source) == rules.region(of: destination)
    }

    /// Replaces the wrapping inside the KMS, where both wrapper keys are in one region.
    ///
    /// - Throws: besides the KMS's refusals, ``KMSError`` `.validation` for keys of two regions.
    public func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        let source = wrapped.wrapperKey
        guard canRewrap(from: source, to: destination) else {
            throw KMSError(
                .validation, operation: .reEncrypt,
                message: "ReEncrypt cannot go from \(source) to \(destination), which are in two regions; choose a "
                    + "wrapper key in the same region")
        }
        return try await call(.reEncrypt, on: destination) { body throws(SecretMemoryError) in
            try write(.rewrap(wrapped, to: destination, context), &body)
        } read: { answer throws(AnswerProblem) in
            let rewrapped = WrappedDataKey(
                ciphertext: try answer.ciphertext(), wrapperKey: try answer.key(expected: destination),
                keyMaterialID: try answer.id("DestinationKeyMaterialId"))
            return RewrapResponse(
                wrapped: rewrapped, sourceWrapperKey: try answer.key("SourceKeyId", expected: source),
                sourceKeyMaterialID: try answer.id("SourceKeyMaterialId"), requestID: answer.requestID)
        }
    }
}
