/// The wrapper keys of a LocalKMS file and their aliases, at one moment.
struct Keyring: Sendable {
    /// By key id.
    var keys: [String: LocalKey] = [:]
    /// Key ids by alias name, `alias/NAME`.
    var aliases: [String: String] = [:]

    static let arnPrefix = "arn:aws:kms:\(LocalKMS.region):\(LocalKMS.account):"

    /// The key that `name` means: a key id, key ARN, alias name or alias ARN.
    ///
    /// - Throws: `.notFound`, with the file to look at.
    func key(_ name: WrapperKeyID, file path: String) throws(LocalFailure) -> LocalKey {
        if name.isARN && !name.rawValue.hasPrefix(Self.arnPrefix) {
            throw .notFound(
                "\(name) names a key of AWS, and kms.type is local; set kms.type = aws, or name a key of \(path)")
        }
        let target = name.isAlias ? aliases[Self.aliasName(name)] : name.keyID
        guard let target, let key = keys[target] else {
            throw .notFound(
                "there is no wrapper key \(name) in \(path); check kms.key-file: this may be the file of another vault")
        }
        return key
    }

    /// The key that `name` means, for calls that take no alias.
    func keyByID(_ name: WrapperKeyID, file path: String) throws(LocalFailure) -> LocalKey {
        guard !name.isAlias else {
            throw .notFound("\(name) is an alias, and this call takes a key id or key ARN")
        }
        return try key(name, file: path)
    }

    /// Changes the key that `name` means.
    mutating func change(
        _ name: WrapperKeyID, file path: String, _ body: (inout LocalKey) throws(LocalFailure) -> Void
    ) throws(LocalFailure) {
        var key = try keyByID(name, file: path)
        try body(&key)
        keys[key.id] = key
    }

    /// Forgets the keys whose waiting time is over, and their aliases.
    mutating func dropKeys(deletedBy now: Timestamp) {
        func isDeleted(_ key: LocalKey) -> Bool {
            if case .pendingDeletion(let date) = key.state { date <= now } else { false }
        }
        guard keys.values.contains(where: isDeleted) else { return }
        keys = keys.filter { _, key in !isDeleted(key) }
        aliases = aliases.filter { _, target in keys[target] != nil }
    }

    /// `alias/NAME` of an alias name or alias ARN.
    static func aliasName(_ name: WrapperKeyID) -> String {
        name.rawValue.hasPrefix(arnPrefix) ? String(name.rawValue.dropFirst(arnPrefix.count)) : name.rawValue
    }

    /// Takes an alias name as AWS does: `alias/`, then letters, digits, `/`, `_` and `-`; at most 256 characters.
    static func newAliasName(_ name: WrapperKeyID) throws(LocalFailure) -> String {
        let alias = aliasName(name)
        let letters = alias.dropFirst("alias/".count).utf8
        let isNamed = letters.allSatisfy { letter in
            switch letter {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard alias.hasPrefix("alias/"), !letters.isEmpty, isNamed, alias.utf8.count <= 256 else {
            throw .validation(
                "\(name) is no alias name; it is alias/ and letters, digits, / _ -, at most 256 characters",
                awsErrorType: "InvalidAliasNameException")
        }
        guard !alias.hasPrefix("alias/aws/") else {
            throw .validation("alias/aws/ is reserved; choose another alias", awsErrorType: "InvalidAliasNameException")
        }
        return alias
    }
}
