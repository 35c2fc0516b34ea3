import SecretMemory

/// The token of an identity provider, in a file that is written anew before the token ends.
enum WebIdentityToken {
    /// The file's content without line ends behind it.
    ///
    /// - Throws: ``AWSCredentialsError`` when the file is missing, cannot be read, or holds no token.
    static func read(_ path: String) throws(AWSCredentialsError) -> SecretBox {
        guard var token = try SecretFile.content(of: path, as: "the web identity token") else {
            throw AWSCredentialsError("the web identity token's file \(path) does not exist; check its path")
        }
        let length = token.withExposedBytes { span in
            span.withUnsafeBytes { bytes in
                bytes.count - bytes.reversed().prefix { $0 == 0x0a || $0 == 0x0d || $0 == 0x20 }.count
            }
        }
        token.truncate(to: length)
        let isToken = token.withExposedBytes { span in
            span.withUnsafeBytes { bytes in
                (4...20_000).contains(bytes.count) && bytes.allSatisfy { (0x21...0x7e).contains($0) }
            }
        }
        guard isToken else {
            throw AWSCredentialsError("\(path) holds no web identity token; check what writes the file")
        }
        return SecretBox(token)
    }
}
