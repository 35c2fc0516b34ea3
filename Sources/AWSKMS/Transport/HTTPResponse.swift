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

    /// How far the sender's clock is from the one that signed at `time`, in seconds, where that explains a refused
    /// signature: by more than four minutes, since AWS tolerates five.
    func clockDifference(from time: SigningTime) -> Int? {
        guard let date = fields["date"].flatMap(HTTPDate.secondsSince1970) else { return nil }
        let toleranceInSeconds = 240
        let difference = date - time.secondsSince1970
        return abs(difference) > toleranceInSeconds ? difference : nil
    }

    /// How long the answer asks to wait: `x-amz-retry-after` in milliseconds, else `Retry-After` in seconds or as a
    /// date.
    var retryAfter: Duration? {
        if let text = fields["x-amz-retry-after"], let count = Self.count(text) { return .milliseconds(count) }
        guard let text = fields["retry-after"] else { return nil }
        if let count = Self.count(text) { return .seconds(count) }
        // By the sender's own clock, which can differ from this machine's.
        guard let until = HTTPDate.secondsSince1970(text), let now = fields["date"].flatMap(HTTPDate.secondsSince1970)
        else { return nil }
        return .seconds(max(0, until - now))
    }

    private static func count(_ text: String) -> Int? {
        let isNumber = text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        return isNumber && (1...9).contains(text.utf8.count) ? Int(text) : nil
    }
}
