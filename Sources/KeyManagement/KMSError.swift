/// Why a KMS call failed. Equal when the codes are equal. It never carries a request's or an answer's body.
public struct KMSError: Error, Equatable, Sendable {
    /// What kind of failure; codes can be added without breaking users.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code's stable name.
        public let rawValue: String
        /// A code by name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The name.
        public var description: String { rawValue }

        /// The wrapper key or alias does not exist.
        public static let notFound = Code(rawValue: "wrapper-key-not-found")
        /// The wrapper key is disabled.
        public static let disabled = Code(rawValue: "wrapper-key-disabled")
        /// The wrapper key is pending deletion or in another state that forbids the call.
        public static let invalidState = Code(rawValue: "wrapper-key-invalid-state")
        /// The wrapper key is of a kind that does not wrap data keys.
        public static let invalidKeyUsage = Code(rawValue: "wrapper-key-invalid-usage")
        /// The ciphertext is damaged, or its encryption context differs.
        public static let invalidCiphertext = Code(rawValue: "invalid-ciphertext")
        /// The ciphertext lies under another wrapper key than the one named.
        public static let incorrectKey = Code(rawValue: "incorrect-wrapper-key")
        /// The caller may not do this.
        public static let accessDenied = Code(rawValue: "access-denied")
        /// Credentials are missing, wrong or expired.
        public static let credentials = Code(rawValue: "credentials")
        /// The KMS asks for fewer calls.
        public static let throttled = Code(rawValue: "throttled")
        /// The KMS cannot be reached or answers with a fault of its own.
        public static let unavailable = Code(rawValue: "kms-unavailable")
        /// No answer within the deadline.
        public static let timedOut = Code(rawValue: "timed-out")
        /// The call was cancelled by its caller.
        public static let cancelled = Code(rawValue: "cancelled")
        /// The answer is not what the protocol promises.
        public static let invalidResponse = Code(rawValue: "invalid-response")
        /// The KMS refuses the request's form.
        public static let validation = Code(rawValue: "validation")
        /// The passphrase of a LocalKMS file is wrong.
        public static let wrongPassphrase = Code(rawValue: "wrong-passphrase")
        /// A LocalKMS file is damaged or is none.
        public static let damagedFile = Code(rawValue: "kms-file-damaged")
        /// A LocalKMS file or its machine key is missing.
        public static let missingFile = Code(rawValue: "kms-file-missing")
        /// A LocalKMS file cannot be read or written, or others may read it.
        public static let fileAccess = Code(rawValue: "kms-file-access")
        /// A LocalKMS file cannot be written: disk full or another I/O failure.
        public static let fileIO = Code(rawValue: "kms-file-io")
        /// Another process is changing the LocalKMS file; run again.
        public static let busy = Code(rawValue: "kms-file-busy")
        /// The audit log cannot be written, so the call was not made or its result was discarded.
        public static let auditUnavailable = Code(rawValue: "audit-unavailable")
        /// No room in secret memory.
        public static let secretMemory = Code(rawValue: "secret-memory")
    }

    /// What kind of failure.
    public let code: Code
    /// The call that failed.
    public let operation: KMSOperation
    /// One sentence: what was wanted, what was found, what to do.
    public let message: String
    /// AWS's error type, for example `NotFoundException`.
    public let awsErrorType: String?
    /// The HTTP status, where the call went over HTTP.
    public let httpStatus: Int?
    /// The KMS's own id of the call, where there was an answer.
    public let requestID: String?
    /// Whether the same call may succeed later.
    public let isRetryable: Bool

    /// An error of a KMS call.
    public init(
        _ code: Code, operation: KMSOperation, message: String, awsErrorType: String? = nil, httpStatus: Int? = nil,
        requestID: String? = nil, isRetryable: Bool = false
    ) {
        self.code = code
        self.operation = operation
        self.message = message
        self.awsErrorType = awsErrorType
        self.httpStatus = httpStatus
        self.requestID = requestID
        self.isRetryable = isRetryable
    }

    /// Equal when the codes are equal.
    public static func == (left: KMSError, right: KMSError) -> Bool { left.code == right.code }
}
