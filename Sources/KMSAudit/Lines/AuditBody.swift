import KeyManagement

/// A request or an answer as the log shows it: `DecryptRequest(CiphertextBlob=…, KeyId=…)`.
///
/// What is secret cannot come in: such a field has no value, only a placeholder.
public struct AuditBody: Hashable, Sendable, CustomStringConvertible {
    /// One named member.
    public struct Field: Hashable, Sendable {
        /// AWS's name of the member.
        public let name: String
        /// Its value, printable, or the placeholder of what is not shown.
        public let value: String

        static func text(_ name: String, _ value: some CustomStringConvertible) -> Field {
            Field(name: name, value: value.description.printable)
        }

        static let ciphertext = Field(name: "CiphertextBlob", value: "** Ciphertext placeholder **")
        static let plaintext = Field(name: "Plaintext", value: "** Redacted plaintext placeholder **")
        static let algorithm = Field(name: "EncryptionAlgorithm", value: "SYMMETRIC_DEFAULT")
        static let sourceAlgorithm = Field(name: "SourceEncryptionAlgorithm", value: "SYMMETRIC_DEFAULT")
        static let destinationAlgorithm = Field(name: "DestinationEncryptionAlgorithm", value: "SYMMETRIC_DEFAULT")
    }

    /// Canton's name of the request or answer.
    public let name: String
    /// Its members in the order shown.
    public let fields: [Field]

    private init(_ name: String, _ fields: Field...) {
        self.name = name
        self.fields = fields
    }

    private init(_ name: String, fields: [Field]) {
        self.name = name
        self.fields = fields
    }

    /// The text in the log.
    public var description: String {
        var text = name + "("
        for (index, field) in fields.enumerated() {
            if index > 0 { text += ", " }
            text += field.name
            text += "="
            text += field.value
        }
        return text + ")"
    }
}

// Names and members of the first eight as Canton writes them; the others in the same manner, members in the order of
// AWS's service model.
extension AuditBody {
    static let createKeyRequest = AuditBody(
        "CreateKeyRequest", .text("KeyPurpose", "ENCRYPT_DECRYPT"), .text("KeyScheme", "SYMMETRIC_DEFAULT"))

    static func createKeyResponse(_ key: KeyDescription) -> AuditBody {
        AuditBody(
            "CreateKeyResponse", .text("KeyId", key.arn.keyID ?? key.arn.rawValue), .text("KeyPurpose", key.keyUsage),
            .text("KeyScheme", key.keySpec))
    }

    static func describeKeyRequest(_ key: WrapperKeyID) -> AuditBody {
        AuditBody("RetrieveMetadataRequest", .text("KeyId", key))
    }

    static func describeKeyResponse(_ key: KeyDescription) -> AuditBody {
        let metadata =
            "Metadata[KeyScheme: \(key.keySpec), State: \(key.state.rawValue), ** Rest of metadata placeholder **]"
        return AuditBody(
            "RetrieveMetadataResponse", .text("KeyId", key.arn.keyID ?? key.arn.rawValue), .text("Metadata", metadata))
    }

    static func encryptRequest(_ key: WrapperKeyID) -> AuditBody {
        AuditBody("EncryptRequest", .plaintext, .text("KeyId", key), .algorithm)
    }

    static func encryptResponse(_ key: WrapperKeyID) -> AuditBody {
        AuditBody("EncryptResponse", .ciphertext, .text("KeyId", key), .algorithm)
    }

    static func decryptRequest(_ key: WrapperKeyID) -> AuditBody {
        AuditBody("DecryptRequest", .ciphertext, .text("KeyId", key), .algorithm)
    }

    static func decryptResponse(_ key: WrapperKeyID) -> AuditBody {
        AuditBody("DecryptResponse", .plaintext, .text("KeyId", key), .algorithm)
    }

    static func generateDataKeyRequest(_ key: WrapperKeyID) -> AuditBody {
        AuditBody("GenerateDataKeyRequest", .text("KeyId", key), .text("KeySpec", "AES_256"))
    }

    static func generateDataKeyResponse(_ wrapped: WrappedDataKey) -> AuditBody {
        AuditBody(
            "GenerateDataKeyResponse",
            fields: [.ciphertext, .plaintext, .text("KeyId", wrapped.wrapperKey)]
                + material("KeyMaterialId", wrapped.keyMaterialID))
    }

    static func reEncryptRequest(from source: WrapperKeyID, to destination: WrapperKeyID) -> AuditBody {
        AuditBody(
            "ReEncryptRequest", .ciphertext, .text("SourceKeyId", source), .text("DestinationKeyId", destination),
            .sourceAlgorithm, .destinationAlgorithm)
    }

    static func reEncryptResponse(_ answer: RewrapResponse) -> AuditBody {
        AuditBody(
            "ReEncryptResponse",
            fields: [
                .ciphertext, .text("SourceKeyId", answer.sourceWrapperKey), .text("KeyId", answer.wrapped.wrapperKey),
                .sourceAlgorithm, .destinationAlgorithm,
            ] + material("SourceKeyMaterialId", answer.sourceKeyMaterialID)
                + material("DestinationKeyMaterialId", answer.wrapped.keyMaterialID))
    }

    static func dryRunRequest(_ trial: KMSTrial) -> AuditBody {
        let body =
            switch trial {
            case .generateDataKey(let key, _): generateDataKeyRequest(key)
            case .wrap(let key, _): encryptRequest(key)
            case .unwrap(let wrapped, _): decryptRequest(wrapped.wrapperKey)
            case .rewrap(let wrapped, let destination, _):
                reEncryptRequest(from: wrapped.wrapperKey, to: destination)
            }
        return AuditBody(body.name, fields: body.fields + [.text("DryRun", "true")])
    }

    static func dryRunResponse(_ trial: KMSTrial) -> AuditBody {
        AuditBody("\(trial.operation.rawValue)Response", .text("DryRun", "true"))
    }

    static func credentialRequest(_ call: CredentialCall) -> AuditBody {
        let token = Field(name: "WebIdentityToken", value: "** Redacted web identity token placeholder **")
        return AuditBody(
            "\(call.operation.rawValue)Request",
            fields: [.text("RoleArn", call.role), .text("RoleSessionName", call.sessionName)]
                + (call.operation == .assumeRoleWithWebIdentity ? [token] : []))
    }

    static func credentialResponse(_ answer: CredentialCallAnswer, to call: CredentialCall) -> AuditBody {
        AuditBody(
            "\(call.operation.rawValue)Response", .text("AccessKeyId", answer.accessKeyID),
            Field(name: "SecretAccessKey", value: "** Redacted secret access key placeholder **"),
            Field(name: "SessionToken", value: "** Redacted session token placeholder **"),
            .text("Expiration", answer.expiryInSecondsSince1970))
    }

    private static func material(_ name: String, _ id: String?) -> [Field] {
        if let id { [.text(name, id)] } else { [] }
    }
}
