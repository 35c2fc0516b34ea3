import EnvelopeCrypto
import KeyManagement
import Logging
import NodeKeys
import SecretMemory
import VaultStorage

@testable import NodeVault

extension JobOptions {
    func with(_ change: (inout JobOptions) -> Void) -> JobOptions {
        var options = self
        change(&options)
        return options
    }
}

extension KeyStore {
    func rewrap(to destination: RewrapDestination, concurrency: Int) async throws(VaultError) -> JobReport {
        try await rewrap(to: destination, JobOptions().with { $0.concurrency = concurrency })
    }

    func rewrap(to destination: RewrapDestination, isDryRun: Bool) async throws(VaultError) -> JobReport {
        try await rewrap(to: destination, JobOptions().with { $0.isDryRun = isDryRun })
    }

    /// Every job on record, authenticated.
    func jobRows() async throws -> [JobRow] {
        let authenticator = authenticator
        return try await database.read { db in try VaultReader(db, authenticator: authenticator).all(JobRow.self) }
    }

    /// Every data key's row, authenticated.
    func dataKeyRows() async throws -> [DataKeyRow] {
        let authenticator = authenticator
        return try await database.read { db in try VaultReader(db, authenticator: authenticator).all(DataKeyRow.self) }
    }

    /// Changes every data key's row as a process that has the integrity key can.
    func changeDataKeys(_ change: @escaping @Sendable (inout DataKeyRow) -> Void) async throws {
        let authenticator = authenticator
        try await database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            for var row in try transaction.rows.all(DataKeyRow.self) {
                change(&row)
                try transaction.update(row)
            }
            try transaction.finish()
        }
    }

    /// Changes every job on record as a process that has the integrity key can.
    func changeJobs(_ change: @escaping @Sendable (inout JobRow) -> Void) async throws {
        let authenticator = authenticator
        try await database.write { db in
            var transaction = try VaultTransaction(db, authenticator: authenticator)
            for var job in try transaction.rows.all(JobRow.self) {
                change(&job)
                try transaction.update(job)
            }
            try transaction.finish()
        }
    }
}

/// Two key files as one KMS whose calls cannot go from one to the other.
struct TwoKMS: KMS {
    let first: LocalKMS
    let second: any KMS
    /// Key ids of the second one.
    let secondKeys: Lock<Set<String>>

    private func kms(_ key: WrapperKeyID) -> any KMS { isSecond(key) ? second : first }
    private func isSecond(_ key: WrapperKeyID) -> Bool { secondKeys.withLock { $0.contains(key.keyID ?? "") } }

    func endpoint(for key: WrapperKeyID?) -> String { "test:" }

    func createKey(_ request: CreateKeyRequest) async throws(KMSError) -> KeyDescription {
        let made = try await second.createKey(request)
        secondKeys.withLock { _ = $0.insert(made.arn.keyID ?? "") }
        return made
    }

    func describeKey(_ key: WrapperKeyID) async throws(KMSError) -> KeyDescription {
        try await kms(key).describeKey(key)
    }

    func generateDataKey(
        under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> GeneratedDataKey { try await kms(key).generateDataKey(under: key, context: context) }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> WrapResponse { try await kms(key).wrap(plaintext, under: key, context: context) }

    func unwrap(_ wrapped: WrappedDataKey, context: EncryptionContext) async throws(KMSError) -> UnwrapResponse {
        try await kms(wrapped.wrapperKey).unwrap(wrapped, context: context)
    }

    func canRewrap(from source: WrapperKeyID, to destination: WrapperKeyID) -> Bool {
        isSecond(source) == isSecond(destination)
    }

    func rewrap(
        _ wrapped: WrappedDataKey, to destination: WrapperKeyID, context: EncryptionContext
    ) async throws(KMSError) -> RewrapResponse {
        guard canRewrap(from: wrapped.wrapperKey, to: destination) else {
            throw KMSError(.validation, operation: .reEncrypt, message: "the keys are in two files")
        }
        return try await kms(destination).rewrap(wrapped, to: destination, context: context)
    }
}

/// Keeps what a store warns of.
final class WarningLog: Sendable {
    private struct Handler: LogHandler {
        let log: WarningLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.state.withLock { $0.append("\(event.message)") } }
    }

    private let state = Lock([String]())

    var messages: [String] { state.withLock(\.self) }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
}
