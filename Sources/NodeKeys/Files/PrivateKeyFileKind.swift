/// The forms of private keys that are read.
enum PrivateKeyFileKind: Equatable {
    case pkcs8, encryptedPKCS8, sec1, pkcs1

    /// By a PEM label.
    ///
    /// - Throws: ``NodeKeysError`` `.unsupportedAlgorithm` for other private keys, `.malformed` for what is none.
    init(label: String) throws(NodeKeysError) {
        switch label {
        case "PRIVATE KEY": self = .pkcs8
        case "ENCRYPTED PRIVATE KEY": self = .encryptedPKCS8
        case "EC PRIVATE KEY": self = .sec1
        case "RSA PRIVATE KEY": self = .pkcs1
        case "OPENSSH PRIVATE KEY":
            throw NodeKeysError(
                .unsupportedAlgorithm, "the file is in OpenSSH's own form; convert it with ssh-keygen -p -m PKCS8")
        case let other where other.hasSuffix("PRIVATE KEY"):
            throw .unsupported("a PEM block \(other)")
        default:
            throw .malformed("the file holds a \(label) and no private key")
        }
    }

    /// By the first elements of DER that is one SEQUENCE and nothing else; nil for anything else.
    init?(der bytes: RawSpan) {
        guard var fields = try? DERReader.whole(bytes, of: "private key"), let first = try? fields.next(in: bytes),
            let second = try? fields.next(in: bytes)
        else { return nil }
        switch (first.tag, second.tag) {
        case (DERTag.integer, DERTag.sequence): self = .pkcs8
        case (DERTag.integer, DERTag.octetString): self = .sec1
        case (DERTag.integer, DERTag.integer): self = .pkcs1
        case (DERTag.sequence, DERTag.octetString): self = .encryptedPKCS8
        default: return nil
        }
    }
}
