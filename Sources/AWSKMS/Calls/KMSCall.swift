import KeyManagement
import SecretMemory

/// One call, whatever the number of its attempts.
struct KMSCall: Sendable {
    let operation: KMSOperation
    /// The key as the caller named it; nil when one is made.
    let key: WrapperKeyID?
    let region: String
    let endpoint: Endpoint
    let body: SecretBox

    /// The fields of every request, but for what a signature adds.
    var fields: [HTTPField] {
        [
            HTTPField("host", endpoint.authority), HTTPField("content-type", "application/x-amz-json-1.1"),
            HTTPField("x-amz-target", "TrentService.\(operation.rawValue)"),
        ]
    }

    /// Whether doing it twice does no harm: only making a key leaves something behind.
    var isRepeatable: Bool { operation != .createKey }

    /// What the caller has to know where the request left and no answer tells what became of it.
    var doubt: String { isRepeatable ? "" : "; the key may have been made, so look for it before trying again" }

    /// The IAM actions it needs.
    var actions: String {
        switch operation {
        case .createKey: "kms:CreateKey and kms:TagResource"
        case .reEncrypt: "kms:ReEncryptFrom and kms:ReEncryptTo"
        default: "kms:\(operation.rawValue)"
        }
    }

    /// The key in a sentence.
    var keyName: String { key.map { "wrapper key \($0)" } ?? "new wrapper keys" }
}
