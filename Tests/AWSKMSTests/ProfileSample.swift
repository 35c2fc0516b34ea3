@testable import AWSKMS

/// A random shared file, as ours and botocore's parser get it.
///
/// botocore refuses a section or a key that comes twice, and takes ` #` for a part of the value; other SDKs, and ours,
/// take the last one, and a comment: there is none of these in it.
struct ProfileSample {
    static let profiles = ["default", "p", "q w", "none"]

    let kind: SharedFile.Kind
    let content: String

    init(_ random: inout SeededGenerator) {
        func one(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }
        let isConfig = Bool.random(using: &random)
        var lines = [one(["", "# c", " ; c", "\t"])]
        for name in ["default", "p", "q w", "x"].shuffled(using: &random) {
            let quoted = name.contains(" ") ? one(["\"\(name)\"", "'\(name)'", name]) : name
            let isPlain = !isConfig || name == "default"
            lines.append(isPlain ? "[\(name)]" : one(["[profile \(quoted)]", "[profile  \(quoted)]", "[\(name)]"]))
            let indent = one(["", "", "  ", "\t"])
            for key in ["aws_access_key_id", "AWS_SECRET_ACCESS_KEY", "region", "s3"].shuffled(using: &random) {
                let value = one(["AKIA", "a/b+c==", "a b", "x=y", "é:☃", "#a", ""])
                lines.append(indent + key + one(["=", " = ", ":", "\t=  "]) + value)
                lines.append(one(["", "# c", "", "   ", "\(indent)  nested = 1", "\(indent)# aws_access_key_id = no"]))
            }
        }
        kind = isConfig ? .config : .credentials
        content = lines.joined(separator: one(["\n", "\r\n"]))
    }

    var order: [String: any Sendable] {
        ["kind": kind == .config ? "config" : "credentials", "content": content, "profiles": Self.profiles]
    }
}
