import SecretMemory

/// Why a key could not be read, made or used. Equal when the codes are equal. It never carries key material.
public struct NodeKeysError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure; codes can be added without breaking users.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code's stable name.
        public let rawValue: String
        /// A code by name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The name.
        public var description: String { rawValue }

        /// The bytes are no key, a damaged one, or one in a form that is not strict DER or PEM.
        public static let malformed = Code(rawValue: "malformed-key")
        /// A sound key, encoding or encryption of a kind that the vault does not take.
        public static let unsupportedAlgorithm = Code(rawValue: "unsupported-algorithm")
        /// The public key enclosed in a private key is not the one that belongs to it.
        public static let publicKeyMismatch = Code(rawValue: "public-key-mismatch")
        /// The passphrase does not open the file.
        public static let wrongPassphrase = Code(rawValue: "wrong-passphrase")
        /// The file is encrypted and no passphrase was given, or an empty one for writing.
        public static let passphraseNeeded = Code(rawValue: "passphrase-needed")
        /// Keys of this scheme do not serve this purpose.
        public static let purposeNotAllowed = Code(rawValue: "purpose-not-allowed")
        /// The input is larger than any key.
        public static let tooLarge = Code(rawValue: "too-large")
        /// No room in the arena or in OpenSSL's secure heap.
        public static let secretMemory = Code(rawValue: "secret-memory")
        /// A ciphertext that does not decrypt under this key.
        public static let decryptionFailed = Code(rawValue: "decryption-failed")
        /// OpenSSL refused an operation that cannot fail on good input.
        public static let cryptoFailure = Code(rawValue: "crypto-failure")
    }

    /// What kind of failure.
    public let code: Code
    /// One sentence in lower case: what was wanted, what was found, what to do.
    public let message: String
    /// An ``OpenSSLError`` or a ``SecretMemoryError``, where one is behind it.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ error: SecretMemoryError) {
        self.init(.secretMemory, error.description, cause: error)
    }

    static func malformed(_ message: String) -> NodeKeysError { NodeKeysError(.malformed, message) }

    static func unsupported(_ found: String) -> NodeKeysError {
        NodeKeysError(.unsupportedAlgorithm, "found \(found); the vault keeps keys of the schemes \(KeyScheme.names)")
    }

    /// Takes OpenSSL's error queue of this thread as the cause of a failed `operation`.
    static func openSSL(_ operation: String) -> NodeKeysError {
        let cause = OpenSSLError.drain()
        if cause.isOutOfMemory {
            return NodeKeysError(
                .secretMemory, "no room in OpenSSL's secure heap for \(operation); raise cache.arena-size",
                cause: cause)
        }
        return NodeKeysError(.cryptoFailure, "OpenSSL failed in \(operation)", cause: cause)
    }

    /// Equal when the codes are equal.
    public static func == (left: NodeKeysError, right: NodeKeysError) -> Bool { left.code == right.code }

    /// The message, and in brackets what is behind it.
    public var description: String {
        guard let cause = cause as? OpenSSLError, !cause.reasons.isEmpty else { return message }
        return "\(message) (\(cause))"
    }
}
