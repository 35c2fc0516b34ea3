import Glibc
import SecretMemory

/// Where the variables that AWS's tools share (`AWS_PROFILE`, `AWS_ACCESS_KEY_ID`, …) are read.
public enum AWSEnvironment: Sendable {
    /// The process's own. Secrets go from there straight into secret memory.
    case process
    /// These and no others. Secrets among them lie in ordinary memory, as those of ``process`` do not have to.
    case fixed([String: String])

    /// A variable that is no secret; nil where it is unset or empty.
    func value(_ name: String) -> String? {
        switch self {
        case .process: getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        case .fixed(let variables): variables[name].flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// A secret variable; nil where it is unset or empty.
    func secret(_ name: String) throws(SecretMemoryError) -> SecretBox? {
        switch self {
        case .process:
            guard let text = getenv(name), strlen(text) > 0 else { return nil }
            let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
            return SecretBox(try SecretBytes(copying: RawSpan(_unsafeBytes: bytes)))
        case .fixed:
            guard let value = value(name) else { return nil }
            return SecretBox(try SecretBytes(copying: Array(value.utf8).span.bytes))
        }
    }
}
