public import KeyManagement
import SecretMemory

extension AWSKMS {
    /// True: KMS has the question for every call that NodeVault tries.
    public func hasDryRun(for key: WrapperKeyID) -> Bool { true }

    /// Asks whether a call would be carried out, without making it.
    ///
    /// Source: the AWS KMS Developer Guide, "Testing your permissions".
    ///
    /// - Returns: KMS's own id of the question.
    /// - Throws: the refusal that the call itself would get.
    public func dryRun(_ trial: KMSTrial) async throws(KMSError) -> String {
        do throws(KMSError) {
            return try await call(trial.operation, on: trial.key) { body throws(SecretMemoryError) in
                try write(trial, &body)
                if case .wrap = trial { try body.add("Plaintext", base64: [UInt8](repeating: 0, count: 32)) }
                try body.add("DryRun", true)
            } read: { answer throws(AnswerProblem) in
                // A server that does not know the question carries the call out, so it would.
                answer.requestID
            }
        } catch {
            guard error.awsErrorType == "DryRunOperationException" else { throw error }
            return error.requestID ?? ""
        }
    }

    /// The members of a call, but for what is wrapped.
    func write(_ call: KMSTrial, _ body: inout JSONWriter) throws(SecretMemoryError) {
        switch call {
        case .generateDataKey(let key, let context):
            try body.add("KeyId", rules.name(of: key))
            try body.add("KeySpec", "AES_256")
            try body.add("EncryptionContext", context.sortedPairs)
        case .wrap(let key, let context):
            try body.add("KeyId", rules.name(of: key))
            try body.add("EncryptionContext", context.sortedPairs)
        case .unwrap(let wrapped, let context):
            try body.add("KeyId", rules.name(of: wrapped.wrapperKey))
            try body.add("CiphertextBlob", base64: wrapped.ciphertext)
            try body.add("EncryptionContext", context.sortedPairs)
        case .rewrap(let wrapped, let destination, let context):
            try body.add("CiphertextBlob", base64: wrapped.ciphertext)
            try body.add("SourceKeyId", rules.name(of: wrapped.wrapperKey))
            try body.add("SourceEncryptionContext", context.sortedPairs)
            try body.add("DestinationKeyId", rules.name(of: destination))
            try body.add("DestinationEncryptionContext", context.sortedPairs)
        }
    }
}
