import Glibc
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

    private static let maximumSizeInBytes = 262_144

    let path: String
    let kind: Kind

    /// The profile's section; nil when the file or the section does not exist.
    ///
    /// - Throws: ``AWSCredentialsError`` when the file exists and cannot be read.
    func section(of profile: String) throws(AWSCredentialsError) -> ProfileSection? {
        guard let content = try content() else { return nil }
        do throws(SecretMemoryError) {
            return try content.withExposedBytes { span throws(SecretMemoryError) in
                try span.withUnsafeBytes { bytes throws(SecretMemoryError) in try section(of: profile, in: bytes) }
            }
        } catch { throw AWSCredentialsError(error.description) }
    }

    private func content() throws(AWSCredentialsError) -> SecretBytes? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(String(cString: strerror(errno)).lowercased())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw unreadable("no file") }
        guard status.st_size <= Self.maximumSizeInBytes else {
            throw unreadable("it has \(status.st_size) bytes, and \(Self.maximumSizeInBytes) are the most")
        }
        var bytes: SecretBytes
        do { bytes = try SecretBytes(zeroedCount: Int(status.st_size)) } catch {
            throw AWSCredentialsError(error.description)
        }
        var count = 0
        while count < bytes.count {
            let piece = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count, off_t(count))
            }
            guard piece >= 0 else { throw unreadable(String(cString: strerror(errno)).lowercased()) }
            guard piece > 0 else { break }
            count += piece
        }
        bytes.truncate(to: count)
        return bytes
    }

    private func unreadable(_ reason: String) -> AWSCredentialsError {
        AWSCredentialsError("\(path) cannot be read: \(reason); check the file that holds the AWS credentials")
    }

    private func section(
        of profile: String, in bytes: UnsafeRawBufferPointer
    ) throws(SecretMemoryError) -> ProfileSection? {
        var found: ProfileSection?
        var isInside = false
        // How far the last key of the section is indented: a line further in belongs to it.
        var keyIndent: Int?
        for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            let text = Self.trimmed(line)
            guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            let indent = text.startIndex - line.startIndex
            if let keyIndent, indent > keyIndent { continue }
            if first == UInt8(ascii: "[") {
                isInside = name(ofSection: text) == profile
                keyIndent = nil
                if isInside { found = found ?? ProfileSection() }
            } else {
                keyIndent = indent
                if isInside { try found?.add(text) }
            }
        }
        return found
    }

    /// The profile that a `[…]` line begins; nil when it begins something else.
    private func name(ofSection line: Slice<UnsafeRawBufferPointer>) -> String? {
        guard let end = line.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let words = String(decoding: line[(line.startIndex + 1)..<end], as: UTF8.self)
            .split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        switch (kind, words.count) {
        case (.credentials, _): return words.joined(separator: " ").trimmed
        case (.config, 1) where words[0] == "default": return "default"
        case (.config, 2) where words[0] == "profile": return Self.unquoted(String(words[1]).trimmed)
        default: return nil
        }
    }

    /// A name with spaces in it is none without quotes.
    private static func unquoted(_ word: String) -> String? {
        guard let first = word.first, first == "\"" || first == "'" else { return word.contains(" ") ? nil : word }
        return word.count > 1 && word.last == first ? String(word.dropFirst().dropLast()) : nil
    }

    fileprivate static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    fileprivate static func trimmed(_ line: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line = line.dropLast() }
        return line
    }
}

extension ProfileSection {
    /// Takes a `key = value` or `key: value` line; the last of several counts.
    fileprivate mutating func add(_ line: Slice<UnsafeRawBufferPointer>) throws(SecretMemoryError) {
        guard let equals = line.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") })
        else { return }
        let key = String(decoding: SharedFile.trimmed(line[..<equals]), as: UTF8.self).lowercased()
        let value = UnsafeRawBufferPointer(rebasing: Self.withoutComment(SharedFile.trimmed(line[(equals + 1)...])))
        guard !value.isEmpty else { return }
        keys.insert(key)
        switch key {
        case "aws_access_key_id": accessKeyID = String(decoding: value, as: UTF8.self)
        case "aws_secret_access_key":
            secretAccessKey = SecretBox(try SecretBytes(copying: RawSpan(_unsafeBytes: value)))
        case "aws_session_token":
            sessionToken = SecretBox(try SecretBytes(copying: RawSpan(_unsafeBytes: value)))
        default: break
        }
    }

    /// A comment after a value begins with a space.
    private static func withoutComment(_ value: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        for index in value.indices.dropFirst()
        where (value[index] == UInt8(ascii: "#") || value[index] == UInt8(ascii: ";"))
            && SharedFile.isSpace(value[index - 1])
        {
            return SharedFile.trimmed(value[..<index])
        }
        return value
    }
}

extension String {
    /// Without space at its ends.
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
