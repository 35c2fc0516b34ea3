import KeyManagement
import SecretMemory

/// One thing that every KMS must do, as a sentence and a check. Each check makes keys of its own.
package struct KMSConformance: Sendable, CustomStringConvertible {
    package let description: String
    private let body: @Sendable (ConformanceSubject) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (ConformanceSubject) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Runs the check.
    ///
    /// - Throws: ``ConformanceFailure`` with what was expected and found, or the KMS's own error.
    package func run(on subject: ConformanceSubject) async throws { try await body(subject) }

    /// All checks.
    package static let all: [KMSConformance] = keys + wrapping + refusals + states

    private static let keys: [KMSConformance] = [
        KMSConformance("a new key is enabled, wraps data keys, and is named by its ARN") { subject in
            let request = CreateKeyRequest(description: "a key", tags: ["purpose": "test"])
            let made = try await subject.kms.createKey(request)
            try require(made.arn.isARN && !made.arn.isAlias, "a key ARN; found \(made.arn)")
            try require(made.state == .enabled, "an enabled key; found \(made.state)")
            try require(made.keySpec == "SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT; found \(made.keySpec)")
            try require(made.keyUsage == "ENCRYPT_DECRYPT", "ENCRYPT_DECRYPT; found \(made.keyUsage)")
            try require(!made.arn.isMultiRegion, "a key of one region; found \(made.arn)")
        },
        KMSConformance("a multi-region key has an id that begins with mrk-") { subject in
            let made = try await subject.kms.createKey(CreateKeyRequest(description: "", isMultiRegion: true))
            try require(made.arn.isMultiRegion, "mrk-; found \(made.arn)")
        },
        KMSConformance("a key is found by its ARN and by its bare id") { subject in
            let key = try await subject.makeKey()
            for name in [key, key.keyID.flatMap(WrapperKeyID.init(rawValue:))].compactMap(\.self) {
                let found = try await subject.kms.describeKey(name)
                try require(found.arn == key, "\(key); found \(found.arn)")
            }
        },
        KMSConformance("every call has a request id of its own") { subject in
            let key = try await subject.makeKey()
            let first = try await subject.kms.describeKey(key).requestID
            let second = try await subject.kms.describeKey(key).requestID
            try require(!first.isEmpty && first != second, "two ids; found \(first) and \(second)")
        },
    ]

    private static let wrapping: [KMSConformance] = [
        KMSConformance("a data key has 32 bytes and opens from its wrapping") { subject in
            let key = try await subject.makeKey()
            let made = try await subject.kms.generateDataKey(under: key, context: .sample)
            try require(made.plaintext.count == 32, "32 bytes; found \(made.plaintext.count)")
            try require(made.wrapped.wrapperKey == key, "\(key); found \(made.wrapped.wrapperKey)")
            let opened = try await subject.kms.unwrap(made.wrapped, context: .sample)
            try require(opened.plaintext.isEqual(to: made.plaintext), "the same bytes")
            try require(opened.wrapperKey == key, "\(key); found \(opened.wrapperKey)")
        },
        KMSConformance("two data keys differ, in plain and wrapped") { subject in
            let key = try await subject.makeKey()
            let first = try await subject.kms.generateDataKey(under: key, context: .sample)
            let second = try await subject.kms.generateDataKey(under: key, context: .sample)
            try require(!first.plaintext.isEqual(to: second.plaintext), "two plaintexts")
            try require(first.wrapped.ciphertext != second.wrapped.ciphertext, "two ciphertexts")
        },
        KMSConformance("secrets of 1 and of 4096 bytes are wrapped, into at most 6144 bytes") { subject in
            let key = try await subject.makeKey()
            for count in [1, 32, 4096] {
                let secret = try SecretBytes.filled(with: 0xa5, count: count)
                let wrapped = try await subject.kms.wrap(secret, under: key, context: .sample).wrapped
                try require(wrapped.ciphertext.count <= 6144, "6144 bytes; found \(wrapped.ciphertext.count)")
                let opened = try await subject.kms.unwrap(wrapped, context: .sample)
                try require(opened.plaintext.isEqual(to: secret), "the same \(count) bytes")
            }
        },
        KMSConformance("the key material is told by all calls but wrap") { subject in
            let key = try await subject.makeKey()
            let current = try await subject.kms.describeKey(key).currentKeyMaterialID
            let made = try await subject.makeWrapped(under: key)
            let opened = try await subject.kms.unwrap(made, context: .sample).keyMaterialID
            let moved = try await subject.kms.rewrap(made, to: key, context: .sample)
            let wrapped = try await subject.kms.wrap(
                try SecretBytes.filled(with: 1, count: 32), under: key, context: .sample
            ).wrapped
            for id in [made.keyMaterialID, opened, moved.sourceKeyMaterialID, moved.wrapped.keyMaterialID] {
                try require(id == current, "\(current ?? "none"); found \(id ?? "none")")
            }
            try require(wrapped.keyMaterialID == nil, "none of wrap; found \(wrapped.keyMaterialID ?? "none")")
        },
        KMSConformance("a rewrapped key has the same bytes, and its old wrapping still opens") { subject in
            let (source, destination) = (try await subject.makeKey(), try await subject.makeKey())
            let made = try await subject.kms.generateDataKey(under: source, context: .sample)
            let moved = try await subject.kms.rewrap(made.wrapped, to: destination, context: .sample)
            try require(moved.wrapped.wrapperKey == destination, "\(destination); found \(moved.wrapped.wrapperKey)")
            try require(moved.sourceWrapperKey == source, "\(source); found \(moved.sourceWrapperKey)")
            for wrapped in [made.wrapped, moved.wrapped] {
                let opened = try await subject.kms.unwrap(wrapped, context: .sample)
                try require(opened.plaintext.isEqual(to: made.plaintext), "the same bytes")
            }
        },
    ]
}
