import KMSAudit
import KMSConformance
import KeyManagement
import Logging
import SecretMemory

/// A LocalKMS with one key, and logs before it.
struct AuditFixture: Sendable {
    let folder: TemporaryFolder
    let local: LocalKMS
    let key: WrapperKeyID
    static let node = AuditedNode(kind: .participant, name: "participant1")
    static let context = EncryptionContext(["nodevault:use": "data-key"])

    init() async throws {
        folder = try TemporaryFolder()
        local = try LocalKMS.open(at: folder.file("kms"), protection: .machineKey(nil), createIfMissing: true)
        key = try await local.createKey(CreateKeyRequest(description: "")).arn
    }

    func audited(
        _ sink: any AuditSink, isEnabled: Bool = true, onFailure: AuditLog.FailurePolicy = .refuse,
        warnings: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) -> AuditedKMS {
        audited(local, sink, isEnabled: isEnabled, onFailure: onFailure, warnings: warnings)
    }

    func audited(
        _ kms: any KMS, _ sink: any AuditSink, isEnabled: Bool = true, onFailure: AuditLog.FailurePolicy = .refuse,
        warnings: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) -> AuditedKMS {
        AuditedKMS(
            kms,
            log: AuditLog(
                node: Self.node, sink: sink, isEnabled: isEnabled, onFailure: onFailure, warnings: warnings))
    }

    /// Runs each call once; a call that fails does not stop the others. Answers how many failed.
    func runEveryCall(on kms: any KMS, secret: borrowing SecretBytes) async -> Int {
        var failures = 0
        let wrapped = try? await local.wrap(secret, under: key, context: Self.context).wrapped
        do { _ = try await kms.createKey(CreateKeyRequest(description: "")) } catch { failures += 1 }
        do { _ = try await kms.describeKey(key) } catch { failures += 1 }
        do { _ = try await kms.generateDataKey(under: key, context: Self.context) } catch { failures += 1 }
        do { _ = try await kms.wrap(secret, under: key, context: Self.context) } catch { failures += 1 }
        guard let wrapped else { return failures + 2 }
        do { _ = try await kms.unwrap(wrapped, context: Self.context) } catch { failures += 1 }
        do { _ = try await kms.rewrap(wrapped, to: key, context: Self.context) } catch { failures += 1 }
        return failures
    }
}
