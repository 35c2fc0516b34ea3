import EnvelopeCrypto
import KeyManagement
import SecretMemory

/// A good answer's members, checked. Everything that AWS promises and is missing here ends the call.
struct KMSAnswer {
    private static let maximumCiphertextSizeInBytes = 6144

    private let members: JSONObject
    /// The KMS's own id of the call.
    let requestID: String

    init(_ bytes: UnsafeRawBufferPointer, requestID: String) throws(AnswerProblem) {
        do { members = try JSONObject(bytes) } catch { throw .wrong("a body that is no JSON object") }
        self.requestID = requestID
    }

    func ciphertext() throws(AnswerProblem) -> [UInt8] {
        guard let bytes = members.bytes("CiphertextBlob"),
            (1...Self.maximumCiphertextSizeInBytes).contains(bytes.count)
        else { throw .wrong("no usable CiphertextBlob") }
        return bytes
    }

    /// The plaintext of a data key, 32 bytes.
    func dataKey() throws(AnswerProblem) -> SecretBytes {
        let plaintext = try plaintext()
        guard plaintext.count == DataKey.sizeInBytes else {
            throw .wrong("a Plaintext of \(plaintext.count) bytes for a data key")
        }
        return plaintext
    }

    func plaintext() throws(AnswerProblem) -> SecretBytes {
        let found: SecretBytes?
        do { found = try members.secret("Plaintext") } catch { throw .secretMemory(error.description) }
        guard let found, found.count > 0 else { throw .wrong("no usable Plaintext") }
        return found
    }

    /// The ARN in `member`, which must be the expected key's, or any key's where that was named by an alias.
    func key(_ member: String = "KeyId", expected: WrapperKeyID) throws(AnswerProblem) -> WrapperKeyID {
        guard let arn = members.text(member).flatMap(Self.keyARN) else { throw .wrong("no key ARN as \(member)") }
        guard arn.isAnswer(to: expected) else { throw .wrong("another key's ARN as \(member)") }
        return arn
    }

    /// An id that may be missing.
    func id(_ name: String) throws(AnswerProblem) -> String? { try Self.id(name, of: members) }

    private static func id(_ name: String, of members: JSONObject) throws(AnswerProblem) -> String? {
        guard let text = members.text(name) else { return nil }
        guard let word = PlainWord.of(text) else { throw .wrong("an unusable \(name)") }
        return word
    }

    func description(expected: WrapperKeyID?) throws(AnswerProblem) -> KeyDescription {
        let metadata: JSONObject?
        do { metadata = try members.object("KeyMetadata") } catch { throw .wrong("a KeyMetadata that is no object") }
        guard let metadata, let arn = metadata.text("Arn").flatMap(Self.keyARN),
            let state = metadata.text("KeyState"), let spec = metadata.text("KeySpec").flatMap(PlainWord.of),
            let usage = metadata.text("KeyUsage").flatMap(PlainWord.of)
        else { throw .wrong("no KeyMetadata with Arn, KeyState, KeySpec and KeyUsage") }
        guard expected.map(arn.isAnswer) ?? true else { throw .wrong("another key's metadata") }
        return KeyDescription(
            arn: arn, state: KeyDescription.State(rawValue: state) ?? .other, keySpec: spec, keyUsage: usage,
            currentKeyMaterialID: try Self.id("CurrentKeyMaterialId", of: metadata), requestID: requestID)
    }

    private static func keyARN(_ text: String) -> WrapperKeyID? {
        guard let key = WrapperKeyID(rawValue: text), key.isARN, !key.isAlias, key.keyID?.isEmpty == false else {
            return nil
        }
        return key
    }
}

extension WrapperKeyID {
    /// Whether this ARN can be what a KMS answers for `expected`: a multi-region key in any region, any key of the
    /// account for an alias.
    fileprivate func isAnswer(to expected: WrapperKeyID) -> Bool {
        if let id = expected.keyID, id != keyID { return false }
        guard expected.isARN else { return true }
        let mayMove = expected.isMultiRegion
        return expected.account == account && (mayMove || expected.region == region)
    }
}
