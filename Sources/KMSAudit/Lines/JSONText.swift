import KeyManagement

/// A JSON object as text, its members in the order of adding.
struct JSONText {
    private var members = ""

    init() {}

    var text: String { "{" + members + "}" }

    mutating func add(_ name: String, _ value: String) { add(name, literal: Self.quoted(value)) }

    mutating func add(_ name: String, _ value: JSONText) { add(name, literal: value.text) }

    mutating func add(_ name: String, _ value: Int) { add(name, literal: String(value)) }

    private mutating func add(_ name: String, literal: String) {
        if !members.isEmpty { members += "," }
        members += Self.quoted(name) + ":" + literal
    }

    /// Values come printable, so quotation marks and backslashes alone are left to escape.
    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            return "\"" + text + "\""
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

extension JSONText {
    /// `{"name":"DecryptRequest","fields":{…}}`
    init(_ body: AuditBody) {
        var fields = JSONText()
        for field in body.fields { fields.add(field.name, field.value) }
        self.init()
        add("name", body.name)
        add("fields", fields)
    }

    /// Operation, key, code, and what the KMS answered.
    init(_ error: KMSError, _ key: WrapperKeyID?) {
        self.init()
        add("operation", error.operation.rawValue)
        if let key { add("key-id", key.rawValue.printable) }
        add("code", error.code.rawValue.printable)
        if let type = error.awsErrorType { add("type", type.printable) }
        if let status = error.httpStatus { add("http-status", status) }
        if let id = error.requestID { add("aws-id", id.printable) }
        add("message", error.message.printable)
    }
}
