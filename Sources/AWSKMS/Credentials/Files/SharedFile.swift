import SecretMemory

/// A shared credentials or config file, read into secret memory and scanned there.
///
/// Source: the AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
struct SharedFile: Sendable {
    enum Kind: Sendable {
        /// Sections are named by their profile alone.
        case credentials
        /// Sections are named `profile NAME`, but for `default`.
        case config
    }

    let path: String
    let kind: Kind

    /// The profile's section; nil when the file or the section does not exist.
    ///
    /// - Throws: ``AWSCredentialsError`` when the file exists and cannot be read.
    func section(of profile: String) throws(AWSCredentialsError) -> ProfileSection? {
        var found: ProfileSection?
        try scan { name in
            guard self.profile(of: name) == profile else { return false }
            found = found ?? ProfileSection()
            return true
        } line: { line throws(SecretMemoryError) in
            if line.parent == nil { try found?.add(line) }
        }
        return found
    }

    /// What the service of that name has as its own `endpoint_url` in the section `[services NAME]`; empty where it has
    /// none, nil where the section does not exist.
    func endpointURL(of service: String, inServices name: String) throws(AWSCredentialsError) -> String? {
        var found: String?
        try scan { section in
            let words = section.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            guard kind == .config, words.count == 2, words[0] == "services", unquoted(words[1]) == name else {
                return false
            }
            found = found ?? ""
            return true
        } line: { line in
            guard line.parent == service, line.key == "endpoint_url" else { return }
            found = String(decoding: line.value, as: UTF8.self)
        }
        return found
    }

    private func scan(
        section: (String) -> Bool, line: (SharedFileLine) throws(SecretMemoryError) -> Void
    ) throws(AWSCredentialsError) {
        guard let content = try SecretFile.content(of: path, as: "the AWS credentials or settings") else { return }
        do throws(SecretMemoryError) {
            try content.withExposedBytes { span throws(SecretMemoryError) in
                try span.withUnsafeBytes { bytes throws(SecretMemoryError) in
                    // Some editors begin a file with the mark of UTF-8.
                    let mark = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
                    let text = UnsafeRawBufferPointer(rebasing: bytes[mark...])
                    try SharedFileLine.scan(text, section: section, line: line)
                }
            }
        } catch { throw AWSCredentialsError(error) }
    }

    /// The profile that a section of that name is; nil when it is something else.
    private func profile(of section: String) -> String? {
        let words = section.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        switch (kind, words.count) {
        case (.credentials, _): return words.joined(separator: " ").withoutSpace
        case (.config, 1) where words[0] == "default": return "default"
        case (.config, 2) where words[0] == "profile": return unquoted(words[1])
        default: return nil
        }
    }

    /// A name with spaces in it is none without quotes.
    private func unquoted(_ text: Substring) -> String? {
        let word = String(text).withoutSpace
        guard let first = word.first, first == "\"" || first == "'" else { return word.contains(" ") ? nil : word }
        return word.count > 1 && word.last == first ? String(word.dropFirst().dropLast()) : nil
    }
}

extension String {
    /// Without space at its ends.
    fileprivate var withoutSpace: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
