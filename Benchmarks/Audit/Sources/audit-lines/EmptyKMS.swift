import Glibc
import KMSAudit
import KeyManagement
import SecretMemory

/// Answers at once and does nothing.
struct EmptyKMS: KMS {
    static let key: WrapperKeyID = {
        guard
            let key = WrapperKeyID(
                rawValue: "arn:aws:kms:us-east-1:724647588434:key/91c48ce4-ec80-44c1-a219-fdd07f12f002")
        else { fatalError("no key id") }
        return key
    }()
    private static let unsupported = KMSError(.validation, operation: .encrypt, message: "not here")

    func endpoint(for key: WrapperKeyID?) -> String { "https://kms.us-east-1.amazonaws.com/" }

    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        KeyDescription(
            arn: key, state: .enabled, keySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT",
            currentKeyMaterialID: nil, requestID: "1836823c-bb8a-44bf-883d-f33d696bf84f")
    }

    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription { throw Self.unsupported }

    func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey { throw Self.unsupported }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse { throw Self.unsupported }

    func unwrap(_ wrapped: WrappedDataKey, context: EncryptionContext) async throws(KMSError) -> UnwrapResponse {
        throw Self.unsupported
    }

    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse { throw Self.unsupported }
}

/// A log as one would write it by hand: no look at the path, no lock, no rolling.
struct BareFile {
    private let descriptor: Int32

    init(_ path: String) {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { fatalError("\(path) cannot be opened") }
    }

    func write(_ line: String, syncs: Bool) {
        var line = line
        let count = line.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count != line.utf8.count { fatalError("a short write") }
        if syncs, fdatasync(descriptor) != 0 { fatalError("no sync") }
    }
}

/// Keeps the last line.
final class LineCapture: AuditSink, @unchecked Sendable {
    // Unchecked: written by one thread, read when its call has returned.
    private(set) var line: AuditLine?
    func write(_ line: AuditLine) { self.line = line }
}
