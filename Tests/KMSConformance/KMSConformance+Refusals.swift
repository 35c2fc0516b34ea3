import KeyManagement
import SecretMemory

// What every KMS must refuse.
extension KMSConformance {
    static let refusals: [KMSConformance] = [
        KMSConformance("an empty secret and one of 4097 bytes are not wrapped") { subject in
            let key = try await subject.makeKey()
            for count in [0, 4097] {
                let secret = try SecretBytes.filled(with: 1, count: count)
                try await requireRefusal(.validation, "ValidationException", of: .encrypt) { () throws(KMSError) in
                    _ = try await subject.kms.wrap(secret, under: key, context: .sample)
                }
            }
        },
        KMSConformance("a changed, missing or added context pair is refused") { subject in
            let key = try await subject.makeKey()
            let wrapped = try await subject.makeWrapped(under: key)
            var changed = EncryptionContext.sample.pairs
            changed["nodevault:vault"] = "another vault"
            var missing = EncryptionContext.sample.pairs
            missing["nodevault:use"] = nil
            var added = EncryptionContext.sample.pairs
            added["nodevault:format"] = "1"
            for pairs in [changed, missing, added, [:]] {
                try await requireInvalidCiphertext(subject, wrapped, to: key, EncryptionContext(pairs))
            }
        },
        KMSConformance("letters that move from a context's value to its key are noticed") { subject in
            let key = try await subject.makeKey()
            let made = try await subject.kms.generateDataKey(under: key, context: EncryptionContext(["a": "bc"]))
            try await requireInvalidCiphertext(subject, made.wrapped, to: key, EncryptionContext(["ab": "c"]))
        },
        KMSConformance("a changed or shortened ciphertext is refused") { subject in
            let key = try await subject.makeKey()
            let wrapped = try await subject.makeWrapped(under: key)
            let whole = wrapped.ciphertext
            var flipped = whole
            flipped[whole.count - 1] ^= 1
            for bytes in [flipped, whole.dropLast(), Array(whole.prefix(8)), whole + [0]].map(Array.init) {
                let forged = WrappedDataKey(ciphertext: bytes, wrapperKey: key, keyMaterialID: wrapped.keyMaterialID)
                try await requireInvalidCiphertext(subject, forged, to: key, .sample)
            }
        },
        KMSConformance("a ciphertext of another wrapper key than the one named is refused") { subject in
            let (key, other) = (try await subject.makeKey(), try await subject.makeKey())
            let wrapped = try await subject.makeWrapped(under: key)
            let misnamed = WrappedDataKey(ciphertext: wrapped.ciphertext, wrapperKey: other, keyMaterialID: nil)
            try await requireRefusal(.incorrectKey, "IncorrectKeyException", of: .decrypt) { () throws(KMSError) in
                _ = try await subject.kms.unwrap(misnamed, context: .sample)
            }
            try await requireRefusal(.incorrectKey, "IncorrectKeyException", of: .reEncrypt) { () throws(KMSError) in
                _ = try await subject.kms.rewrap(misnamed, to: key, context: .sample)
            }
        },
        KMSConformance("a key that does not exist is not found by any call") { subject in
            let key = try await subject.makeKey()
            let wrapped = try await subject.makeWrapped(under: key)
            guard let id = key.keyID,
                let absent = WrapperKeyID(rawValue: key.rawValue.replacing(id, with: noKeyID))
            else { throw ConformanceFailure(description: "expected a key ARN; found \(key)") }
            try await requireRefusals(of: absent, .notFound, "NotFoundException", subject)
            try await requireRefusal(.notFound, "NotFoundException", of: .describeKey) { () throws(KMSError) in
                _ = try await subject.kms.describeKey(absent)
            }
            let misnamed = WrappedDataKey(ciphertext: wrapped.ciphertext, wrapperKey: absent, keyMaterialID: nil)
            try await requireRefusal(.notFound, "NotFoundException", of: .decrypt) { () throws(KMSError) in
                _ = try await subject.kms.unwrap(misnamed, context: .sample)
            }
        },
    ]

    private static let noKeyID = "00000000-0000-4000-8000-000000000000"

    static let states: [KMSConformance] = [
        KMSConformance("a disabled key does nothing until it is enabled") { subject in
            let key = try await subject.makeKey()
            let wrapped = try await subject.makeWrapped(under: key)
            try await subject.disable(key)
            let state = try await subject.kms.describeKey(key).state
            try require(state == .disabled, "Disabled; found \(state)")
            try await requireRefusals(of: key, .disabled, "DisabledException", subject)
            try await requireSourceRefusals(.disabled, "DisabledException", subject, wrapped: wrapped)
            try await subject.enable(key)
            _ = try await subject.kms.unwrap(wrapped, context: .sample)
        },
        KMSConformance("a key that waits for its deletion does nothing") { subject in
            let key = try await subject.makeKey()
            let wrapped = try await subject.makeWrapped(under: key)
            try await subject.scheduleDeletion(key)
            let state = try await subject.kms.describeKey(key).state
            try require(state == .pendingDeletion, "PendingDeletion; found \(state)")
            try await requireRefusals(of: key, .invalidState, "KMSInvalidStateException", subject)
            try await requireSourceRefusals(.invalidState, "KMSInvalidStateException", subject, wrapped: wrapped)
        },
    ]

    /// Calls that name `key` as the one to wrap under.
    private static func requireRefusals(
        of key: WrapperKeyID, _ code: KMSError.Code, _ type: String, _ subject: ConformanceSubject
    ) async throws {
        let other = try await subject.makeWrapped(under: try await subject.makeKey())
        let secret = try SecretBytes.filled(with: 1, count: 32)
        try await requireRefusal(code, type, of: .generateDataKey) { () throws(KMSError) in
            _ = try await subject.kms.generateDataKey(under: key, context: .sample)
        }
        try await requireRefusal(code, type, of: .encrypt) { () throws(KMSError) in
            _ = try await subject.kms.wrap(secret, under: key, context: .sample)
        }
        try await requireRefusal(code, type, of: .reEncrypt) { () throws(KMSError) in
            _ = try await subject.kms.rewrap(other, to: key, context: .sample)
        }
    }

    /// Calls that open `wrapped`.
    private static func requireSourceRefusals(
        _ code: KMSError.Code, _ type: String, _ subject: ConformanceSubject, wrapped: WrappedDataKey
    ) async throws {
        let destination = try await subject.makeKey()
        try await requireRefusal(code, type, of: .decrypt) { () throws(KMSError) in
            _ = try await subject.kms.unwrap(wrapped, context: .sample)
        }
        try await requireRefusal(code, type, of: .reEncrypt) { () throws(KMSError) in
            _ = try await subject.kms.rewrap(wrapped, to: destination, context: .sample)
        }
    }

    private static func requireInvalidCiphertext(
        _ subject: ConformanceSubject, _ wrapped: WrappedDataKey, to key: WrapperKeyID, _ context: EncryptionContext
    ) async throws {
        let type = "InvalidCiphertextException"
        try await requireRefusal(.invalidCiphertext, type, of: .decrypt) { () throws(KMSError) in
            _ = try await subject.kms.unwrap(wrapped, context: context)
        }
        try await requireRefusal(.invalidCiphertext, type, of: .reEncrypt) { () throws(KMSError) in
            _ = try await subject.kms.rewrap(wrapped, to: key, context: context)
        }
    }
}
