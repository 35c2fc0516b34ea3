import SecretMemory

/// One header field of a request.
struct HTTPField: Sendable {
    enum Value: Sendable {
        case text(String)
        /// A session token: it stays in secret memory on its way into the request.
        case secret(SecretBox)
    }

    /// In lower case, as Signature Version 4 sorts and writes it.
    let name: String
    let value: Value

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = .text(value)
    }

    init(_ name: String, secret: SecretBox) {
        self.name = name
        value = .secret(secret)
    }
}
