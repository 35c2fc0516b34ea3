/// Hands a secret over once, through places that take only copyable values (tuples, task results).
package final class SecretHandover: Sendable {
    private let content: Lock<SecretBytes?>

    package init(_ secret: consuming SecretBytes) { content = Lock(secret) }

    /// The secret; a programmer's mistake when it was taken before.
    package func take() -> SecretBytes {
        content.withLock { content in
            guard let secret = content.take() else { preconditionFailure("a secret is handed over once") }
            return secret
        }
    }
}
