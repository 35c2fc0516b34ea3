import COpenSSL

/// What OpenSSL's error queue held when an operation failed. Reasons only, never the data beside them.
public struct OpenSSLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Oldest first, as OpenSSL words them: `error:1C880004:Provider routines::RSA lib`.
    public let reasons: [String]
    let isOutOfMemory: Bool

    /// Empties the calling thread's queue.
    static func drain() -> OpenSSLError {
        var reasons: [String] = []
        var isOutOfMemory = false
        while true {
            let code = ERR_get_error()
            guard code != 0 else { break }
            isOutOfMemory = isOutOfMemory || nodevault_is_out_of_memory(code) != 0
            var text = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &text, text.count)
            reasons.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return OpenSSLError(reasons: reasons, isOutOfMemory: isOutOfMemory)
    }

    /// The reasons, separated by semicolons.
    public var description: String { reasons.joined(separator: "; ") }
}
