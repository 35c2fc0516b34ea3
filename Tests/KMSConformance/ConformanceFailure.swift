import KeyManagement
import SecretMemory

/// What a KMS did otherwise than it must.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package let description: String
}

func require(_ condition: Bool, _ expectation: String) throws {
    guard condition else { throw ConformanceFailure(description: "expected: \(expectation)") }
}

/// Runs a call that must be refused with `code`, and as AWS names it.
func requireRefusal(
    _ code: KMSError.Code, _ awsErrorType: String?, of operation: KMSOperation,
    _ call: () async throws(KMSError) -> Void
) async throws {
    do throws(KMSError) {
        try await call()
    } catch {
        let found = "\(error.operation.rawValue): \(error.code), \(error.awsErrorType ?? "no type"): \(error.message)"
        try require(error.code == code, "\(code); found \(found)")
        try require(error.operation == operation, "an error of \(operation.rawValue); found \(found)")
        if let awsErrorType {
            try require(error.awsErrorType == awsErrorType, "\(awsErrorType); found \(found)")
            try require(error.requestID?.isEmpty == false, "a request id with \(found)")
        }
        return
    }
    throw ConformanceFailure(description: "expected \(code) of \(operation.rawValue), and it went through")
}

extension SecretBytes {
    static func filled(with byte: UInt8, count: Int) throws -> SecretBytes {
        try SecretBytes(copying: [UInt8](repeating: byte, count: count).span.bytes)
    }
}
