import EnvelopeCrypto
import Foundation
import NodeKeys
import NodeVault

extension StoredKey {
    /// The key's JSON document.
    var json: JSON {
        .object([
            ("keyId", .string(keyID.description)), ("name", .optional(name)), ("purpose", .string(purpose.name)),
            ("usages", .array(usages.map { .string($0.name) })), ("scheme", .string(scheme.rawValue)),
            ("publicKey", .string(Data(publicKey.subjectPublicKeyInfo).base64EncodedString())),
            ("dataKeyId", .optional(dataKeyID?.description)), ("createdAt", .string(iso8601(createdAtMicroseconds))),
        ])
    }

    /// The key in lines of text.
    var text: String {
        """
        key id      \(keyID)
        name        \(name.map(printable) ?? "-")
        purpose     \(purpose)
        usages      \(usages.isEmpty ? "-" : usages.map(\.name).joined(separator: ", "))
        scheme      \(scheme)
        data key    \(dataKeyID?.description ?? "none: the key lies unencrypted")
        created at  \(iso8601(createdAtMicroseconds))
        """
    }

    /// The key in one line of a table.
    var line: String {
        let columns = ["\(keyID)", "\(scheme)", "\(purpose)", usages.map(\.name).joined(separator: ",")]
        let widths = [68, 12, 10, 0]
        let padded = zip(columns, widths).map { text, width in
            (text.isEmpty ? "-" : text) + String(repeating: " ", count: max(0, width - text.count))
        }
        return padded.joined(separator: "  ") + "  " + (name.map(printable) ?? "-")
    }
}

/// Text for a terminal: control characters, which could rewrite the screen, are shown as their code.
func printable(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            "\\u{\(String(scalar.value, radix: 16))}"
        default: String(scalar)
        }
    }.joined()
}
