import EnvelopeCrypto
import KMSAudit
import KeyManagement
import Logging
import VaultStorage

/// What is checked before a rewrap changes anything. Refusals carry Canton's names besides ours.
struct RewrapPreflight: Sendable {
    private let session: JobSession
    private let destination: RewrapDestination
    private let vault: VaultRow.Encryption
    private let source: WrapperKeyID

    init(
        _ session: JobSession, _ destination: RewrapDestination, vault: VaultRow.Encryption, source: WrapperKeyID
    ) {
        self.session = session
        self.destination = destination
        self.vault = vault
        self.source = source
    }

    /// The wrapper key to go to, usable and trusted, and the job that has created it; nil when it would be created and this
    /// is a dry run.
    func target(_ interrupted: JobRow?) async throws -> (KeyDescription, created: JobRow?)? {
        switch destination {
        case .currentKey: return (try await usable(source), nil)
        case .key(let named):
            let found = try await usable(named)
            // A replica of a multi-region key opens what the other one has wrapped: nothing would be gained.
            if found.arn != source, found.arn.isSameKey(as: source) { throw keyInUse(found.arn, named) }
            return (found, nil)
        case .newKey(let template):
            if let interrupted, let made = interrupted.target.flatMap(WrapperKeyID.init(rawValue:)) {
                do { return (try await usable(made), interrupted) } catch {
                    // Nothing lies under it yet, and it is good for nothing: another one is made.
                    guard !interrupted.hasBegun(in: vault), Self.isUnusable(error) else { throw error }
                }
            }
            guard !session.options.isDryRun else { return nil }
            return try await create(template, interrupted)
        }
    }

    private static func isUnusable(_ error: any Error) -> Bool {
        switch error {
        case let error as VaultError: error.kmsError == nil
        case let error as KMSError: error.code == .notFound
        default: false
        }
    }

    /// Describes a wrapper key, which must be enabled, of the right kind and of a trusted account.
    private func usable(_ key: WrapperKeyID, isNew: Bool = false) async throws -> KeyDescription {
        let found =
            if isNew { try await KeyStore.newKey(session.store.options) { try await describe(key) } } else {
                try await describe(key)
            }
        do { try found.checkUsable(session.operation) } catch {
            throw found.state == .enabled ? error : naming(error, "WRAPPER_KEY_DISABLED_OR_DELETED_ERROR")
        }
        try await session.store.checkTrust(found.arn, for: .wrap, operation: session.operation)
        return found
    }

    /// Creates a wrapper key. The intent goes on record first, and the key's tag names it: one whose answer was lost can be
    /// told from one that is in use.
    private func create(
        _ template: WrapperKeyTemplate, _ interrupted: JobRow?
    ) async throws -> (KeyDescription, created: JobRow?) {
        let intent = JobRow(
            id: try .random(), kind: .rewrap, source: source.rawValue, target: nil,
            scope: RewrapPlan.Selection.newKey.text, fence: try .random(), total: 0,
            createdAt: microsecondsSince1970())
        let (job, _) = try await OwnedJob.begin(intent, takingOver: interrupted?.id, in: session.store) { _, row in
            row.target = nil
        }
        var template = template
        template.tags[Self.tag] = intent.fence.description
        let request = template.request(vault: session.store.vaultID, node: session.store.node)
        let kms = session.kms
        let created = try await session.pace.call { try await kms.createKey(request) }
        let row = try await job.step { _, row in
            row.target = created.arn.rawValue
            return row
        }
        do { return (try await usable(created.arn, isNew: true), row) } catch { throw naming(created.arn, error) }
    }

    /// Tells of a wrapper key that may have been created without an answer.
    static func warn(of interrupted: JobRow?, _ logger: Logger) {
        guard let interrupted, interrupted.target == nil else { return }
        logger.warning(
            """
            an earlier run was interrupted while it created a wrapper key: one with the tag \(tag) = \
            \(interrupted.fence), if there is one, holds nothing and can be deleted
            """)
    }

    private static let tag = "NodeVaultJob"

    /// Probes the target, and makes the integrity key's new wrapping, which shows that the way there is permitted.
    func check(
        _ target: KeyDescription, _ plan: RewrapPlan, _ rewrapping: Rewrapping
    ) async throws -> WrappedDataKey? {
        if session.options.method == .reEncrypt {
            for row in plan.dataKeys {
                let from = try KeyStore.wrapperKeyID(row.wrapperKey, session.operation)
                guard session.kms.canRewrap(from: from, to: target.arn) else {
                    throw VaultError(
                        .invalidArgument, operation: session.operation,
                        message: "ReEncrypt cannot go from \(from) to \(target.arn)",
                        hint: "choose the method auto or unwrap-wrap")
                }
            }
        }
        try session.store.database.file.checkRoom(for: Self.bytesPerStep * Int64(plan.total + 1))
        try await session.check(target)
        guard plan.includesIntegrityKey else { return nil }
        return try await rewrapping(session.integrityKey(vault))
    }

    /// A step writes a few pages of 4 KiB, each twice: into the WAL and from there into the file.
    private static let bytesPerStep: Int64 = 48 * 1024

    /// What the KMS says of a wrapper key.
    private func describe(_ key: WrapperKeyID) async throws -> KeyDescription {
        let kms = session.kms
        do {
            return try await session.pace.call { try await kms.describeKey(key) }
        } catch let error as KMSError {
            guard destination == .key(key) else { throw error }
            switch error.code {
            case .notFound:
                throw VaultError(
                    VaultError.Code(rawValue: error.code.rawValue), operation: session.operation,
                    message: "the KMS has no wrapper key \(key) (WRAPPER_KEY_NOT_EXIST_ERROR)",
                    hint: "check the name; nodevault status shows the key in use", cause: error)
            case .validation: throw naming(error, "INVALID_KMS_KEY_ID")
            default: throw error
            }
        }
    }

    /// Refuses a wrapper key, named on purpose, that everything lies under already.
    func refuseKeyInUse(_ target: WrapperKeyID) throws(VaultError) {
        if case .key(let named) = destination { throw keyInUse(target, named) }
    }

    private func keyInUse(_ key: WrapperKeyID, _ named: WrapperKeyID) -> VaultError {
        VaultError(
            .wrapperKeyInUse, operation: session.operation,
            message: "the vault lies under wrapper key \(source) already"
                + (named == source ? "" : ", which \(named) is another name of")
                + " (WRAPPER_KEY_ALREADY_IN_USE_ERROR)",
            hint: "leave --to out to replace wrappings under old key material, or name another key")
    }

    private func naming(_ error: any Error, _ cantonName: String) -> VaultError {
        let failure = VaultError(error, operation: session.operation)
        return VaultError(
            failure.code, operation: failure.operation, message: "\(failure.message) (\(cantonName))",
            hint: failure.hint, cause: failure.cause)
    }

    private func naming(_ created: WrapperKeyID, _ error: any Error) -> VaultError {
        let failure = VaultError(error, operation: session.operation)
        return VaultError(
            failure.code, operation: failure.operation, message: failure.message,
            hint: "the wrapper key \(created) was created before; run the same command again", cause: failure.cause)
    }
}
