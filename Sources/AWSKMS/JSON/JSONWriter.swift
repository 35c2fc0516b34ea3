import SecretMemory

/// Writes one JSON object straight into secret memory: a request can carry a plaintext.
struct JSONWriter: ~Copyable {
    private var buffer: SecretBuffer
    private var isFirst = true

    init(capacity: Int = 1024) throws(SecretMemoryError) {
        var buffer = try SecretBuffer(capacity: capacity)
        try buffer.append("{")
        self.buffer = buffer
    }

    mutating func add(_ name: String, _ text: String) throws(SecretMemoryError) {
        try begin(name)
        try buffer.append(Self.quoted(text))
    }

    mutating func add(_ name: String, _ flag: Bool) throws(SecretMemoryError) {
        try begin(name)
        try buffer.append(flag ? "true" : "false")
    }

    /// An object whose members are texts.
    mutating func add(
        _ name: String, _ pairs: [(key: String, value: String)]
    ) throws(SecretMemoryError) {
        try begin(name)
        let members = pairs.map { Self.quoted($0.key) + ":" + Self.quoted($0.value) }
        try buffer.append("{" + members.joined(separator: ",") + "}")
    }

    /// A list of objects whose members are texts.
    mutating func add(
        _ name: String, list: [[(key: String, value: String)]]
    ) throws(SecretMemoryError) {
        try begin(name)
        let objects = list.map { pairs in
            "{" + pairs.map { Self.quoted($0.key) + ":" + Self.quoted($0.value) }.joined(separator: ",") + "}"
        }
        try buffer.append("[" + objects.joined(separator: ",") + "]")
    }

    private mutating func add(_ name: String, base64 bytes: UnsafeRawBufferPointer) throws(SecretMemoryError) {
        try begin(name)
        try buffer.append("\"")
        try buffer.extend(by: Base64.encodedCount(bytes.count)) { Base64.encode(bytes, into: $0) }
        try buffer.append("\"")
    }

    /// Bytes that are no secret, as Base64.
    mutating func add(_ name: String, base64 bytes: [UInt8]) throws(SecretMemoryError) {
        try bytes.withBytes { bytes throws(SecretMemoryError) in try add(name, base64: bytes) }
    }

    /// A secret, as Base64.
    mutating func add(_ name: String, base64 secret: borrowing SecretBytes) throws(SecretMemoryError) {
        try secret.withExposedBytes { span throws(SecretMemoryError) in
            try span.withUnsafeBytes { bytes throws(SecretMemoryError) in try add(name, base64: bytes) }
        }
    }

    consuming func finish() throws(SecretMemoryError) -> SecretBytes {
        try buffer.append("}")
        return buffer.finish()
    }

    private mutating func begin(_ name: String) throws(SecretMemoryError) {
        try buffer.append((isFirst ? "" : ",") + Self.quoted(name) + ":")
        isFirst = false
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
