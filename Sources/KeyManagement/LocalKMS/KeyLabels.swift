/// AWS's bounds on a key's description and tags. Source: the AWS KMS API reference, CreateKey and Tag.
enum KeyLabels {
    static func check(_ request: CreateKeyRequest) throws(LocalFailure) {
        guard request.description.unicodeScalars.count <= 8192 else {
            throw .validation("a description has at most 8192 characters")
        }
        guard request.tags.count <= 50 else {
            throw tag("a key has at most 50 tags, and \(request.tags.count) were given")
        }
        for (name, value) in request.tags {
            guard (1...128).contains(name.unicodeScalars.count), isPlain(name) else {
                throw tag("a tag's name has 1 to 128 letters, digits, spaces and _ . : / = + - @")
            }
            guard value.unicodeScalars.count <= 256, isPlain(value) else {
                throw tag("a tag's value has at most 256 letters, digits, spaces and _ . : / = + - @")
            }
            guard !name.lowercased().hasPrefix("aws:") else { throw tag("tag names that begin with aws: are reserved") }
        }
    }

    private static func tag(_ message: String) -> LocalFailure {
        .validation(message, awsErrorType: "TagException")
    }

    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            if "_.:/=+-@".unicodeScalars.contains(scalar) { return true }
            return switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .spaceSeparator,
                .decimalNumber, .letterNumber, .otherNumber:
                true
            default: false
            }
        }
    }
}
