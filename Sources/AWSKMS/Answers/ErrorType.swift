import SecretMemory

/// AWS's name of an error, in whatever spelling an answer has it.
///
/// Source: the AWS JSON 1.1 and query protocols of Smithy, "Operation error serialization".
enum ErrorType {
    /// From the field `x-amzn-errortype`, the body's `__type`, `code` or `Code`, or its XML element `Code`; nil when
    /// none has a name.
    static func of(_ response: HTTPResponse) -> String? {
        if let field = response.fields["x-amzn-errortype"], let name = plain(field) { return name }
        return response.body.withExposedBytes { span in
            span.withUnsafeBytes { bytes in
                if bytes.first == UInt8(ascii: "<") { return element("Code", in: bytes).flatMap(plain) }
                guard let body = try? JSONObject(bytes) else { return nil }
                for member in ["__type", "code", "Code"] {
                    if let name = body.text(member).flatMap(plain) { return name }
                }
                return nil
            }
        }
    }

    /// `NotFoundException` of `com.amazonaws.kms#NotFoundException:http://…`; nil when it is no name.
    static func plain(_ spelling: String) -> String? {
        let beforeColon = spelling.prefix { $0 != ":" }
        return beforeColon.split(separator: "#").last.map(String.init).flatMap(PlainWord.of)
    }

    /// What stands in the first element of that name, where it is short.
    private static func element(_ name: String, in bytes: UnsafeRawBufferPointer) -> String? {
        let maximumSizeInBytes = 128
        guard let start = bytes.firstRange(of: Array("<\(name)>".utf8))?.upperBound else { return nil }
        let content = bytes[start...].prefix(maximumSizeInBytes).prefix { $0 != UInt8(ascii: "<") }
        return String(validating: content, as: UTF8.self)
    }
}
