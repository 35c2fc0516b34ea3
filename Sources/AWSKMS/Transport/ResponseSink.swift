import SecretMemory

/// Collects an answer while it arrives.
struct ResponseSink: ~Copyable {
    /// More than twice what the largest answer of KMS has.
    static let maximumBodySizeInBytes = 65_536
    /// Of all fields: libcurl keeps them all.
    private static let maximumFieldsSizeInBytes = 65_536
    private static let maximumValueSizeInBytes = 1024
    private static let wanted: Set<String> = [
        "date", "x-amzn-requestid", "x-amzn-errortype", "retry-after", "x-amz-retry-after",
    ]

    private var fields = [String: String]()
    /// How the body's end is told. There must be one way: who reads it the other way sees another answer.
    private var framing: String?
    /// Whether the empty line came that ends the fields: libcurl is content without.
    private(set) var areFieldsComplete = false
    private var fieldsSizeInBytes = 0
    private var body: SecretBuffer?
    private var count = 0

    /// Takes a status line or a field.
    ///
    /// - Throws: `.garbage` when the lengths that are told contradict each other, `.tooLarge` when there is no end of
    ///   them.
    mutating func addLine(_ line: UnsafeRawBufferPointer) throws(TransportFailure) {
        fieldsSizeInBytes += line.count
        guard fieldsSizeInBytes <= Self.maximumFieldsSizeInBytes else { throw .tooLarge }
        // The answer proper follows an interim one.
        if line.starts(with: "HTTP/".utf8) {
            fields = [:]
            framing = nil
            areFieldsComplete = false
            return
        }
        if line.first == 0x0d || line.first == 0x0a { areFieldsComplete = true }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.count <= Self.maximumValueSizeInBytes else {
            return
        }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        let isFraming = name == "content-length" || name == "transfer-encoding"
        guard isFraming || Self.wanted.contains(name) else { return }
        let text = String(decoding: line[(colon + 1)...], as: UTF8.self)
        let value = String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        guard isFraming else { return fields[name] = value }
        guard framing == nil || framing == name + value else { throw .garbage }
        framing = name + value
    }

    /// Takes a piece of the body.
    mutating func addBody(_ piece: UnsafeRawBufferPointer) throws(TransportFailure) {
        guard count + piece.count <= Self.maximumBodySizeInBytes else { throw .tooLarge }
        do throws(SecretMemoryError) {
            if body == nil { body = try SecretBuffer(capacity: 2048) }
            try body?.append(piece)
        } catch { throw .secretMemory(error.description) }
        count += piece.count
    }

    /// The answer as far as it came, which leaves the sink empty.
    mutating func finish(status: Int) throws(TransportFailure) -> HTTPResponse {
        do throws(SecretMemoryError) {
            let body = if let body = body.take() { body } else { try SecretBuffer(capacity: 0) }
            return HTTPResponse(status: status, fields: fields, body: body.finish())
        } catch { throw .secretMemory(error.description) }
    }
}
