import COpenSSL
import SecretMemory

/// The members of a JSON object in secret memory, by name. Valid while the bytes it was read from are exposed.
struct JSONObject {
    private let bytes: UnsafeRawBufferPointer
    private let members: [String: JSONCursor.Value]

    /// Reads `bytes`, which must hold one object and nothing else; a name that comes twice is refused.
    init(_ bytes: UnsafeRawBufferPointer) throws(JSONCursor.Malformed) {
        try self.init(bytes, in: 0..<bytes.count)
    }

    private init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) throws(JSONCursor.Malformed) {
        var cursor = JSONCursor(bytes, in: range)
        var members = [String: JSONCursor.Value]()
        try cursor.members { name, value throws(JSONCursor.Malformed) in
            guard let name = JSONText.decoded(UnsafeRawBufferPointer(rebasing: bytes[name])), members[name] == nil
            else {
                throw JSONCursor.Malformed()
            }
            members[name] = value
        }
        guard cursor.isAtEnd() else { throw JSONCursor.Malformed() }
        self.bytes = bytes
        self.members = members
    }

    /// A member that is a text and no secret.
    func text(_ name: String) -> String? { content(name, .text).flatMap(JSONText.decoded) }

    /// A member that is an object.
    func object(_ name: String) throws(JSONCursor.Malformed) -> JSONObject? {
        guard let value = members[name], value.kind == .object else { return nil }
        return try JSONObject(bytes, in: value.range)
    }

    /// A member in Base64 that is no secret.
    func bytes(_ name: String) -> [UInt8]? {
        guard let text = content(name, .text), let count = Base64.decodedCount(text) else { return nil }
        var decoded = [UInt8](repeating: 0, count: count)
        return decoded.withMutableBytes { Base64.decode(text, into: $0) } ? decoded : nil
    }

    /// A secret member in Base64, straight into secret memory.
    func secret(_ name: String) throws(SecretMemoryError) -> SecretBytes? {
        guard let text = content(name, .text), let count = Base64.decodedCount(text) else { return nil }
        var decoded = try SecretBytes(zeroedCount: count)
        let isGood = decoded.withUnsafeMutableBytes { Base64.decode(text, into: $0) }
        nodevault_wipe_stack()
        guard isGood else { return nil }
        return decoded
    }

    /// A secret member as it is written, straight into secret memory; nil where it has other than ASCII in it.
    func plainSecret(_ name: String) throws(SecretMemoryError) -> SecretBytes? {
        guard let text = content(name, .text) else { return nil }
        var decoded = try SecretBytes(zeroedCount: text.count)
        guard let count = decoded.withUnsafeMutableBytes({ JSONText.decode(text, into: $0) }) else { return nil }
        decoded.truncate(to: count)
        return decoded
    }

    /// Whether a member is this number, written plainly.
    func isNumber(_ name: String, _ number: Int) -> Bool {
        content(name, .number).map { $0.elementsEqual("\(number)".utf8) } ?? false
    }

    private func content(_ name: String, _ kind: JSONCursor.Kind) -> UnsafeRawBufferPointer? {
        guard let value = members[name], value.kind == kind else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[value.range])
    }
}
