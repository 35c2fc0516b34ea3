import SecretMemory

/// An answer: its body lies in secret memory, since a plaintext may be in it.
final class HTTPResponse: Sendable {
    let status: Int
    /// The fields that NodeVault reads, by name in lower case.
    let fields: [String: String]
    let body: SecretBytes

    /// The KMS's own id of the call; nil where there is none that can stand in a message.
    var requestID: String? { fields["x-amzn-requestid"].flatMap(PlainWord.of) }

    init(status: Int, fields: [String: String], body: consuming SecretBytes) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
